"""The cache of engines: what is found, what is trusted, what goes, and that damage is mended."""

from __future__ import annotations

import json
import logging
import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eyebrush.cli import main
from eyebrush.engines.cache import EngineCache, cache_folder, read_record
from eyebrush.engines.spec import EngineSpec
from eyebrush.errors import InputError

SPEC = EngineSpec("ab" * 32, 2, 360, 400, "f16", "tensorrt-rtx", "1.7.1", ("8.6", "8.9"))
DATA = bytes(range(256)) * 16


@pytest.fixture
def cache(tmp_path: Path) -> EngineCache:
    return EngineCache(tmp_path / "engines")


def test_what_was_added_is_found_and_trusted(cache: EngineCache) -> None:
    assert cache.find(SPEC) is None
    layer = {"name": "a", "kind": "kgen", "outputs": [{"type": "Half", "shape": [2, 3]}]}
    entry = cache.add(SPEC, DATA, network="field-v1", layers=(layer,))
    assert cache.find(SPEC) == (entry, DATA)
    assert cache.trusted(DATA) == entry
    assert cache.trusted(DATA + b"x") is None
    assert EngineCache(cache.folder).find(SPEC) == (entry, DATA)  # by another process


@pytest.mark.parametrize(
    "change",
    [
        {"network": "cd" * 32},
        {"eyes": 1},
        {"height": 180},
        {"width": 200},
        {"precision": "f32"},
        {"library": "tensorrt"},
        {"version": "1.7.2"},
        {"cards": ("12.0",)},
        {"driver": "580.1"},
    ],
)
def test_everything_that_matters_is_in_the_key(cache: EngineCache, change: dict) -> None:
    cache.add(SPEC, DATA)
    other = replace(SPEC, **change)
    assert other.key() != SPEC.key()
    assert cache.find(other) is None


def test_an_engine_for_more_cards_serves_each_of_them(cache: EngineCache) -> None:
    entry = cache.add(SPEC, DATA)
    assert cache.find(replace(SPEC, cards=("8.9",))) == (entry, DATA)
    assert cache.find(replace(SPEC, cards=("8.6", "12.0"))) is None


@pytest.mark.parametrize("damage", ["truncated", "tampered", "gone", "record", "record gone"])
def test_damage_is_said_once_and_the_entry_goes(cache: EngineCache, caplog, damage: str) -> None:
    entry = cache.add(SPEC, DATA)
    record = entry.engine.with_suffix(".json")
    if damage == "truncated":
        entry.engine.write_bytes(DATA[: len(DATA) // 2])
    elif damage == "tampered":
        entry.engine.write_bytes(DATA[:-1] + b"\0")
    elif damage == "gone":
        entry.engine.unlink()
    elif damage == "record":
        record.write_text("{}")
    else:
        record.unlink()
    with caplog.at_level(logging.WARNING, "eyebrush"):
        assert cache.find(SPEC) is None
        assert cache.find(SPEC) is None
    said = [r for r in caplog.records if "compiled again" in r.message]
    assert len(said) == (0 if damage == "record gone" else 1)
    assert cache.trusted(DATA) is None
    cache.add(SPEC, DATA)
    assert cache.find(SPEC) is not None


@given(st.integers(0, len(DATA) - 1), st.integers(1, 255))
def test_any_changed_byte_is_noticed(tmp_path_factory, place: int, change: int) -> None:
    cache = EngineCache(tmp_path_factory.mktemp("engines"))
    entry = cache.add(SPEC, DATA)
    damaged = bytearray(DATA)
    damaged[place] ^= change
    entry.engine.write_bytes(damaged)
    assert cache.find(SPEC) is None


RECORDS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=4,
)


@given(st.dictionaries(st.sampled_from(["format", "spec", "sha256", "size_bytes"]), RECORDS))
def test_no_record_makes_reading_fail_otherwise(tmp_path_factory, raw: dict) -> None:
    path = tmp_path_factory.mktemp("record") / "a.json"
    path.write_text(json.dumps({"format": "eyebrush-engine/1", **raw}))
    with pytest.raises(ValueError, match=r".*"):
        read_record(path)


@given(RECORDS, RECORDS)
def test_what_a_description_says_of_layers_is_shown_or_refused(
    tmp_path_factory, capsys, layer, outputs
) -> None:
    """It may come from anywhere; only the engine's hash is held against it."""
    folder = tmp_path_factory.mktemp("foreign")
    engine = folder / "game.engine"
    engine.write_bytes(DATA)
    raw = EngineCache(folder / "cache").add(SPEC, DATA).record()
    raw["layers"] = [layer, {"name": "\x1b[31m", "kind": "kgen", "outputs": outputs}]
    (folder / "game.engine.json").write_text(json.dumps(raw))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EYEBRUSH_CACHE", str(folder / "empty"))
        assert main(["compile", "--inspect", str(engine)]) in (0, 2)
    said = capsys.readouterr()
    assert "unforeseen" not in said.err
    assert "\x1b" not in said.out


def test_the_least_recently_used_go_when_it_grows_too_big(tmp_path: Path) -> None:
    cache = EngineCache(tmp_path / "engines", limit_bytes=3 * len(DATA))
    specs = [replace(SPEC, width=400 + 2 * i) for i in range(4)]
    for i, spec in enumerate(specs[:2]):
        entry = cache.add(spec, DATA)
        os.utime(entry.engine.with_suffix(".json"), ns=(i, i))
    assert cache.find(specs[0]) is not None  # used: the other one is the older now
    cache.add(specs[2], DATA)
    assert [s for s in specs if cache.find(s)] == [specs[0], specs[2]]
    assert cache.size_bytes() <= cache.limit_bytes
    cache.add(specs[3], DATA * 4)  # too big alone: kept, for it is wanted now
    assert [s for s in specs if cache.find(s)] == [specs[3]]


def test_clean_leaves_other_files_alone(cache: EngineCache) -> None:
    entry = cache.add(SPEC, DATA)
    entry.jit.write_bytes(b"kernels")
    (cache.folder / "notes.txt").write_text("mine")
    assert cache.clean() > len(DATA)
    assert [p.name for p in cache.folder.iterdir()] == ["notes.txt"]


def test_kernels_of_an_engine_before_do_not_stay(cache: EngineCache) -> None:
    cache.add(SPEC, DATA).jit.write_bytes(b"kernels")
    assert not cache.add(SPEC, DATA[::-1]).jit.exists()


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_a_folder_that_others_can_write_to_is_refused(cache: EngineCache) -> None:
    cache.add(SPEC, DATA)
    cache.folder.chmod(0o777)
    with pytest.raises(InputError, match=r"others can write to.*chmod go-w"):
        cache.find(SPEC)
    with pytest.raises(InputError, match="others can write to"):
        cache.add(SPEC, DATA)


def test_where_the_cache_lies(monkeypatch, tmp_path: Path) -> None:
    for name in ("EYEBRUSH_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    assert cache_folder() == Path.home() / ".cache" / "eyebrush" / "engines"
    monkeypatch.setattr(sys, "platform", "darwin")
    assert cache_folder() == Path.home() / "Library" / "Caches" / "eyebrush" / "engines"
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    assert cache_folder() == tmp_path / "eyebrush" / "cache" / "engines"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "x"))
    assert cache_folder() == tmp_path / "x" / "eyebrush" / "engines"
    monkeypatch.setenv("EYEBRUSH_CACHE", str(tmp_path / "y"))
    assert cache_folder() == tmp_path / "y" / "engines"
