"""The desk's HTTP: the page, and the API that ``openapi.json`` describes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket

from eyebrush.desk import live, schema
from eyebrush.desk.body import API, WISH, TooLargeError, read_body, read_json, to_wish
from eyebrush.desk.hub import Hub, RuntimeBusyError
from eyebrush.desk.painting import MAX_PAINTING_BYTES
from eyebrush.desk.presets import PresetFolder, preset_wish
from eyebrush.desk.studio import Studio
from eyebrush.errors import BackendError, EyebrushError, InputError
from eyebrush.speak import find
from eyebrush.styles import Style

PAGE = Path(__file__).parent / "page"
CHOICE: dict[str, Any] = API["components"]["schemas"]["Choice"]
PRESET = schema.load("preset.schema.json")
MOST_TITLE = 200

Handler = Callable[[Request], Awaitable[Response]]


class Desk:
    """The handlers, and what they work on. touch: tell browsers that lists have changed."""

    def __init__(self, hub: Hub, studio: Studio, presets: PresetFolder, facts: dict[str, str]):
        self.hub, self.studio, self.presets = hub, studio, presets
        self._facts = facts
        self._lists = 1
        self._finder = ThreadPoolExecutor(1, "desk-find")  # loads a sentence model, once
        hub.extras = lambda: {**self._facts, **studio.describe(), "lists": self._lists}

    def app(self) -> Starlette:
        """Everything below the token's path."""
        name = "/api/presets/{name}"
        api = [
            Route("/api/openapi.json", self.get_schema),
            Route("/api/state", self.get_state),
            Route("/api/wish", self.set_look, methods=["POST"]),
            Route("/api/styles", self.get_styles),
            Route("/api/find", self.find_style),
            Route("/api/styles/{name}", self.remove_style, methods=["DELETE"]),
            Route("/api/styles/{name}/thumbnail", self.get_thumbnail),
            Route("/api/thumbnails", self.paint_thumbnails, methods=["POST"]),
            Route("/api/paintings", self.add_painting, methods=["POST"]),
            Route("/api/presets", self.get_presets),
            Route(name, self.get_preset),
            Route(name, self.save_preset, methods=["PUT"]),
            Route(name, self.remove_preset, methods=["DELETE"]),
            Route(name + "/apply", self.apply_preset, methods=["POST"]),
            WebSocketRoute("/api/live", self.live),
        ]
        page = Mount("/", StaticFiles(directory=PAGE, html=True))
        handlers: Any = {EyebrushError: _refused}
        return Starlette(routes=[*api, page], exception_handlers=handlers)

    def changed(self) -> None:
        """Styles or presets have come or gone."""
        self._lists += 1
        self.hub.touch()

    async def live(self, socket: WebSocket) -> None:
        await live.serve(socket, self.hub)

    async def get_schema(self, _: Request) -> Response:
        schemas: dict[str, Any] = {**API["components"]["schemas"], "Preset": PRESET}
        return JSONResponse({**API, "components": {**API["components"], "schemas": schemas}})

    async def get_state(self, _: Request) -> Response:
        return JSONResponse(self.hub.state())

    async def set_look(self, request: Request) -> Response:
        body = await read_json(request, WISH)
        return JSONResponse(await self.hub.wish(body.get("session", ""), to_wish(body)))

    async def get_styles(self, _: Request) -> Response:
        library = self.studio.library
        rows = [_row(style, "shipped") for style in library.shipped.values()]
        for name in library.own_names():
            try:
                rows.append(_row(library.get(name), "own"))
            except InputError as error:  # one stale file must not hide the others
                rows.append({"name": name, "kind": "own", "problem": str(error)})
        return JSONResponse({"styles": rows})

    async def find_style(self, request: Request) -> Response:
        text = request.query_params.get("text", "")
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self._finder, find, text, self.studio.library)
        return JSONResponse(found.as_dict())

    async def remove_style(self, request: Request) -> Response:
        self.studio.library.remove(request.path_params["name"])
        self.studio.forget(request.path_params["name"])
        self.changed()
        return Response(status_code=204)

    async def get_thumbnail(self, request: Request) -> Response:
        picture = self.studio.thumbnails.get(request.path_params["name"])
        if picture is None:
            return _error(404, "got no thumbnail yet; wanted one; fix: wait, or show a frame first")
        return Response(picture, media_type="image/webp")

    async def paint_thumbnails(self, request: Request) -> Response:
        session = self.hub.pick((await read_json(request, CHOICE)).get("session", ""))
        shown = self.hub.seats[session].shown
        if shown is None:
            raise InputError(
                got=f"no picture of {session!r} yet",
                wanted="a scene to paint",
                fix="open the page, or wait until the engine sends a frame",
            )
        self.studio.take_scene(shown.before[0])
        return JSONResponse({"session": session}, 202)

    async def add_painting(self, request: Request) -> Response:
        title = request.query_params.get("title", "")[:MOST_TITLE]
        data = await read_body(request, MAX_PAINTING_BYTES)
        return JSONResponse(asdict(self.studio.add_painting(data, title)), 202)

    async def get_presets(self, _: Request) -> Response:
        return JSONResponse({"presets": self.presets.all()})

    async def get_preset(self, request: Request) -> Response:
        return JSONResponse(self.presets.get(request.path_params["name"]))

    async def save_preset(self, request: Request) -> Response:
        preset = await read_json(request, PRESET)
        if preset["name"] != request.path_params["name"]:
            raise InputError(
                got=f"name {preset['name']!r} for {request.path_params['name']!r}",
                wanted="the same in the path and in the preset",
                fix="change one of them",
            )
        self.presets.save(preset)
        self.changed()
        return JSONResponse(preset)

    async def remove_preset(self, request: Request) -> Response:
        self.presets.remove(request.path_params["name"])
        self.changed()
        return Response(status_code=204)

    async def apply_preset(self, request: Request) -> Response:
        session = (await read_json(request, CHOICE)).get("session", "")
        preset = self.presets.get(request.path_params["name"])
        return JSONResponse(await self.hub.wish(session, preset_wish(preset)))


def _row(style: Style, kind: str) -> dict[str, Any]:
    levels = (style.tone_out[:, 3].clip(0, 1) * 255).round().astype(int).tolist()
    colour = "#" + "".join(f"{level:02x}" for level in levels)
    return {"name": style.name, "kind": kind, "about": style.describe(), "colour": colour}


async def _refused(_: Request, error: Exception) -> Response:
    status = 503 if isinstance(error, (RuntimeBusyError, BackendError)) else 400
    return _error(413 if isinstance(error, TooLargeError) else status, str(error))


def _error(status: int, text: str) -> Response:
    return JSONResponse({"error": text}, status)
