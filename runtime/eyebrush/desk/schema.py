"""JSON that strangers write: checked against a schema, and told by line what is wrong with it.

The schemas are JSON Schema (2020-12), of which the words below are understood; one that uses
another word is refused when it is loaded, so that none is silently ignored.
"""

from __future__ import annotations

import json
import math
import re
from functools import cache
from pathlib import Path
from typing import Any

from eyebrush.errors import InputError

Where = tuple[str | int, ...]
TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "number": (int, float),
}
KNOWN = {"type", "properties", "required", "additionalProperties", "items", "minItems", "maxItems"}
KNOWN |= {"minLength", "maxLength", "pattern", "minimum", "exclusiveMinimum", "maximum", "const"}
NOTES = {"$schema", "$id", "title", "description", "default", "examples"}
MOST_DEEP = 16


class FaultError(ValueError):
    """What is wrong, and where: keys and indices from the root."""

    def __init__(self, where: Where, got: str, wanted: str) -> None:
        self.where, self.got, self.wanted = where, got, wanted
        super().__init__(f"{path_text(where)}: got {got}; wanted {wanted}")


@cache
def load(name: str) -> dict[str, Any]:
    """A schema that ships with the desk."""
    schema: dict[str, Any] = json.loads((Path(__file__).parent / name).read_text("utf-8"))
    return schema


def check(value: Any, schema: dict[str, Any], where: Where = ()) -> None:
    """Raises FaultError for the first thing in ``value`` that the schema does not allow."""
    unknown = schema.keys() - KNOWN - NOTES
    if unknown:
        raise ValueError(f"got schema words {sorted(unknown)}; wanted {sorted(KNOWN)}")
    kind = schema.get("type")
    if kind is not None and not _is(value, kind):
        raise FaultError(where, _shown(value), f"a JSON {kind}")
    if "const" in schema and value != schema["const"]:
        raise FaultError(where, _shown(value), json.dumps(schema["const"]))
    if isinstance(value, dict):
        _check_object(value, schema, where)
    elif isinstance(value, list):
        _check_size(len(value), schema, "Items", "items", where)
        for i, item in enumerate(value):
            check(item, schema.get("items", {}), (*where, i))
    elif isinstance(value, str):
        _check_size(len(value), schema, "Length", "characters", where)
        if not re.search(schema.get("pattern", ""), value):
            raise FaultError(where, _shown(value), f"text that matches {schema['pattern']}")
    elif _is(value, "number"):
        low, high = schema.get("minimum", -math.inf), schema.get("maximum", math.inf)
        above = schema.get("exclusiveMinimum", -math.inf)
        if not (low <= value <= high and above < value):
            least = f"above {above:g}" if above > -math.inf else f"at least {low:g}"
            raise FaultError(where, _shown(value), f"a number {least}, at most {high:g}")


def parse(text: str, schema: dict[str, Any], name: str) -> Any:
    """The value of a JSON text that the schema allows. Raises InputError that names the line."""
    try:
        value, lines = read_with_lines(text)
    except json.JSONDecodeError as error:
        raise _at(name, error.lineno, f"no JSON ({error.msg})", "JSON", "mend it there") from error
    try:
        check(value, schema)
    except FaultError as fault:
        line = next(lines[fault.where[:n]] for n in range(len(fault.where), -1, -1)
                    if fault.where[:n] in lines)  # fmt: skip
        got = f"{path_text(fault.where)} = {fault.got}" if fault.where else fault.got
        raise _at(name, line, got, fault.wanted, "mend it there") from fault
    return value


def read_with_lines(text: str) -> tuple[Any, dict[Where, int]]:
    """A JSON text's value, and the line (from 1) on which each part of it begins; that of a member
    is its key's. Raises json.JSONDecodeError, for a key that comes twice, too."""
    lines: dict[Where, int] = {}
    value, end = _value(text, _blank(text, 0), (), lines)
    if _blank(text, end) != len(text):
        raise json.JSONDecodeError("text after the end", text, _blank(text, end))
    return value, lines


def path_text(where: Where) -> str:
    """ "mix[1].weight"; "the whole" for the root."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in where)
    return "".join(parts).removeprefix(".") or "the whole"


def _check_object(value: dict[str, Any], schema: dict[str, Any], where: Where) -> None:
    properties = schema.get("properties", {})
    for key, item in value.items():
        if key in properties:
            check(item, properties[key], (*where, key))
        elif schema.get("additionalProperties", True) is False:
            known = ", ".join(properties)
            raise FaultError((*where, key), "a member of that name", f"one of {known}")
    for key in schema.get("required", ()):
        if key not in value:
            raise FaultError(where, "no " + json.dumps(key), "it to be there")


def _check_size(size: int, schema: dict[str, Any], word: str, unit: str, where: Where) -> None:
    low, high = schema.get(f"min{word}", 0), schema.get(f"max{word}", math.inf)
    if not low <= size <= high:
        raise FaultError(where, f"{size} {unit}", f"{low} to {high:g}")


def _is(value: Any, kind: str) -> bool:
    if kind == "number" and isinstance(value, bool):
        return False
    return isinstance(value, TYPES[kind])


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "..."


def _at(name: str, line: int, got: str, wanted: str, fix: str) -> InputError:
    return InputError(got=f"{name}, line {line}: {got}", wanted=wanted, fix=fix)


def _blank(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t\r\n":
        at += 1
    return at


def _value(text: str, at: int, where: Where, lines: dict[Where, int]) -> tuple[Any, int]:
    """The value that begins at ``at``, and where it ends."""
    lines.setdefault(where, text.count("\n", 0, at) + 1)
    if len(where) > MOST_DEEP:
        raise json.JSONDecodeError(f"more than {MOST_DEEP} levels", text, at)
    if text[at : at + 1] not in ("{", "["):
        return _scalar(text, at)
    named, close = text[at] == "{", "}" if text[at] == "{" else "]"
    parts: dict[str | int, Any] = {}
    at = _blank(text, at + 1)
    while text[at : at + 1] != close:
        key: str | int = len(parts)
        begin = at
        if named:
            key, at = _key(text, at)
            if key in parts:
                raise json.JSONDecodeError(f"the key {key!r} comes twice", text, begin)
        child = (*where, key)
        parts[key], at = _value(text, at, child, lines)
        lines[child] = text.count("\n", 0, begin) + 1
        at = _blank(text, at)
        if text[at : at + 1] == ",":
            at = _blank(text, at + 1)
            if text[at : at + 1] == close:
                raise json.JSONDecodeError("a comma too many", text, at)
        elif text[at : at + 1] != close:
            raise json.JSONDecodeError(f"a comma or {close} is missing", text, at)
    return (parts if named else list(parts.values())), at + 1


def _key(text: str, at: int) -> tuple[str, int]:
    """A member's name, and where its value begins."""
    if text[at : at + 1] != '"':
        raise json.JSONDecodeError("a name in double quotes is missing", text, at)
    key, at = json.JSONDecoder().raw_decode(text, at)
    at = _blank(text, at)
    if text[at : at + 1] != ":":
        raise json.JSONDecodeError("a colon is missing", text, at)
    return key, _blank(text, at + 1)


def _scalar(text: str, at: int) -> tuple[Any, int]:
    try:
        value, end = json.JSONDecoder().raw_decode(text, at)
    except json.JSONDecodeError:
        raise
    except ValueError as error:  # an integer of very many digits
        raise json.JSONDecodeError("a number that is too long", text, at) from error
    if isinstance(value, float) and not math.isfinite(value):
        raise json.JSONDecodeError("a number that is not finite", text, at)
    return value, end
