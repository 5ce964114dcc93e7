"""The bridge's C code under sanitizers, every pair of languages, and a flood with checksums."""

import json
import subprocess

import pytest

from bridge_native import PATIENCE_S, build, mono_peer, python_peer, sanitized

LANGUAGES = ("c", "python", "csharp")
EXCHANGES = 1000
FLOOD = 50_000


@pytest.fixture(scope="module")
def binaries(tmp_path_factory):
    return tmp_path_factory.mktemp("bridge-native")


@pytest.fixture(autouse=True)
def folder_of_its_own(tmp_path, monkeypatch):
    folder = tmp_path / "regions"
    folder.mkdir(mode=0o700)
    monkeypatch.setenv("EYEBRUSH_BRIDGE_DIR", str(folder))
    return folder


def peer(language, binaries):
    if language == "c":
        return [str(build(binaries, "peer"))]
    return python_peer() if language == "python" else mono_peer(binaries)


def finish(process):
    """A peer's tally; it left with 0 and said nothing on stderr."""
    out, errors = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, errors) == (0, "")
    return json.loads(out)


def start(*line):
    return subprocess.Popen(
        [str(part) for part in line], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@pytest.mark.parametrize("runtime", LANGUAGES)
@pytest.mark.parametrize("engine", LANGUAGES)
def test_every_pair_of_languages(binaries, folder_of_its_own, engine, runtime):
    """1,000 frames and their fields, every byte checked by the other side."""
    served = start(*peer(runtime, binaries), "runtime", "pair")
    sent = finish(start(*peer(engine, binaries), "engine", "pair", EXCHANGES))
    answered = finish(served)
    for tally in (sent, answered):
        assert tally["torn"] == tally["wrong"] == 0
        assert tally["sent"] == tally["received"] == EXCHANGES
    assert list(folder_of_its_own.iterdir()) == []


def test_a_flood_loses_nothing_uncounted(binaries):
    """Full speed: what the reader did not get was replaced by newer ones, and counted."""
    peer_c = build(binaries, "peer")
    check = start(peer_c, "check", "flood")
    flood = finish(start(peer_c, "flood", "flood", FLOOD))
    got = finish(check)
    assert flood["sent"] == FLOOD
    assert got["wrong"] == got["torn"] == 0
    assert got["received"] > 0
    assert got["received"] + got["skipped"] == got["last"] - got["first"] + 1
    assert got["last"] == FLOOD


def run(program):
    done = subprocess.run([str(program)], capture_output=True, text=True, timeout=PATIENCE_S * 2)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    assert done.stdout.endswith(": ok\n")


@pytest.mark.parametrize("program", ["test_session", "test_threads"])
def test_address_and_undefined_behaviour(binaries, program):
    run(sanitized(binaries, program, "-fsanitize=address,undefined", "-fno-sanitize-recover=all"))


def test_threads_under_thread_sanitizer(binaries):
    # GCC warns that it does not model fences; what happens before what is told by the claims.
    quiet = ("-Wno-unknown-warning-option", "-Wno-tsan")
    run(sanitized(binaries, "test_threads", "-fsanitize=thread", *quiet))
