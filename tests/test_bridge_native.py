"""The bridge's C code under sanitizers, every pair of languages, and a flood with checksums."""

import json
import shutil
import subprocess

import pytest

from bridge_native import (
    BRIDGE,
    FLAGS,
    PATIENCE_S,
    SOURCES,
    build,
    mono_program,
    python_peer,
    sanitized,
)
from own_sessions import folder_fixture as folder_fixture

LANGUAGES = ("c", "python", "csharp")
EXCHANGES = 1000
FLOOD = 50_000


@pytest.fixture(scope="module")
def binaries(tmp_path_factory):
    return tmp_path_factory.mktemp("bridge-native")


def peer(language, binaries):
    if language == "c":
        return [str(build(binaries, "peer"))]
    return python_peer() if language == "python" else mono_program(binaries, "Peer")


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
def test_every_pair_of_languages(binaries, folder, engine, runtime):
    """1,000 frames and their fields, every byte checked by the other side."""
    answering, asking = peer(runtime, binaries), peer(engine, binaries)  # both, or it is skipped
    served = start(*answering, "runtime", "pair")
    sent = finish(start(*asking, "engine", "pair", EXCHANGES))
    answered = finish(served)
    for tally in (sent, answered):
        assert tally["torn"] == tally["wrong"] == 0
        assert tally["sent"] == tally["received"] == EXCHANGES
    assert list(folder.iterdir()) == []


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


@pytest.fixture(scope="module")
def windows(tmp_path_factory):
    """Builds a test program for Windows, every warning an error."""
    cross = shutil.which("x86_64-w64-mingw32-gcc")
    if not cross:
        pytest.skip("no MinGW (apt-get install gcc-mingw-w64-x86-64)")
    folder = tmp_path_factory.mktemp("bridge-windows")

    def build_for_windows(program):
        out = folder / f"{program}.exe"
        if not out.exists():
            extra = ("-Wshadow", "-Wconversion", "-static", "-O2")
            line = [cross, *extra, *FLAGS, str(BRIDGE / "src"), *map(str, SOURCES)]
            line += [str(BRIDGE / "tests" / f"{program}.c"), "-o", str(out), "-ladvapi32"]
            subprocess.run(line, check=True)
        return out

    return build_for_windows


@pytest.fixture(scope="module")
def wine(tmp_path_factory):
    if not shutil.which("wine"):
        pytest.skip("no Wine (apt-get install wine64 wine)")
    prefix = tmp_path_factory.mktemp("wine")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WINEPREFIX", str(prefix))
        patch.setenv("WINEDEBUG", "-all")
        patch.delenv("DISPLAY", raising=False)
        subprocess.run(["wine", "cmd", "/c", "exit"], capture_output=True, timeout=PATIENCE_S * 2)
        yield ["wine"]
        subprocess.run(["wineserver", "-k"], capture_output=True, timeout=PATIENCE_S, check=False)


@pytest.fixture
def windows_folder(monkeypatch):
    monkeypatch.delenv("EYEBRUSH_BRIDGE_DIR")  # %LOCALAPPDATA% of the prefix


def test_windows_builds_without_a_warning(windows):
    for program in ("test_session", "peer"):
        assert windows(program).exists()


def test_windows_session_under_wine(windows, wine, windows_folder):
    line = [*wine, str(windows("test_session"))]
    done = subprocess.run(line, capture_output=True, text=True, timeout=PATIENCE_S)
    assert (done.returncode, done.stdout.strip()) == (0, "session: ok"), done.stderr


def test_windows_processes_exchange_frames_under_wine(windows, wine, windows_folder):
    peer_exe = windows("peer")
    served = start(*wine, peer_exe, "runtime", "pair")
    sent = finish(start(*wine, peer_exe, "engine", "pair", EXCHANGES))
    answered = finish(served)
    for tally in (sent, answered):
        assert tally["torn"] == tally["wrong"] == 0
        assert tally["sent"] == tally["received"] == EXCHANGES
