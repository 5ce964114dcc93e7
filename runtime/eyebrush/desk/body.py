"""What requests may hold: read within bounds, and checked against the published schema."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request

from eyebrush.desk import schema
from eyebrush.desk.presets import mix_text
from eyebrush.errors import InputError

API: dict[str, Any] = schema.load("openapi.json")
WISH: dict[str, Any] = API["components"]["schemas"]["Wish"]
MAX_JSON_BYTES = 64 << 10


class TooLargeError(InputError):
    """More than is taken."""


async def read_body(request: Request, limit: int) -> bytes:
    """The body, of at most ``limit`` bytes: no more is ever held. Raises TooLargeError."""
    data = bytearray()
    async for part in request.stream():
        data += part
        if len(data) > limit:
            raise TooLargeError(
                got=f"more than {limit} bytes", wanted=f"at most {limit}", fix="send less"
            )
    return bytes(data)


async def read_json(request: Request, wanted: dict[str, Any]) -> Any:
    """A JSON body that the schema allows. Raises InputError, which names the line."""
    data = await read_body(request, MAX_JSON_BYTES)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(got="a body that is no UTF-8", wanted="JSON", fix="send JSON") from error
    return schema.parse(text, wanted, "the body")


def to_wish(body: dict[str, Any]) -> dict[str, Any]:
    """The runtime's words for a checked body: styles and weights become one text."""
    wish: dict[str, Any] = {
        key: body[key] for key in ("style", "strength", "calm", "detail", "release") if key in body
    }
    if "mix" in body:
        wish["style"] = mix_text(body["mix"])
    return wish
