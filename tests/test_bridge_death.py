"""Either side dies at any moment, again and again: the other goes on, and nothing is left."""

import random
import signal
import subprocess
import time

import pytest

import bridge_peer
from bridge_native import PATIENCE_S, build
from eyebrush import bridge
from eyebrush.cli import main
from eyebrush.errors import BridgeError
from own_sessions import folder_fixture as folder_fixture

KILLS = 250  # of each side; half as many of both at once
STALL_NS = 80_000_000  # EB_STALL_NS

resource = pytest.importorskip("resource", reason="Windows has no SIGKILL and SIGSTOP")


@pytest.fixture(scope="module")
def peer(tmp_path_factory):
    return build(tmp_path_factory.mktemp("bridge-native"), "peer")


def start(*line):
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.Popen([str(part) for part in line], **quiet)


def kill(process):
    process.kill()
    process.wait(PATIENCE_S)


def times_slept():
    """How often this thread has given up its core to wait for something."""
    return resource.getrusage(resource.RUSAGE_THREAD).ru_nvcsw


def sometime(dice):
    """A moment somewhere within the first steps of a peer, or in the middle of its work."""
    time.sleep(dice.random() * dice.choice([0.0005, 0.003]))


class Patience:
    def __init__(self, what):
        self.what, self.until = what, time.monotonic() + PATIENCE_S

    def __bool__(self):
        assert time.monotonic() < self.until, f"waited in vain for {self.what}"
        return True


def test_runtimes_are_killed(peer):
    """The engine never waits and never reads a torn field; every new runtime serves its session."""
    dice, number, waits = random.Random(1), 0, 0
    with bridge.EngineSession("victim", 200, 120) as engine:

        def exchange():
            nonlocal number, waits
            number += 1
            picture = bridge_peer.frame(number)
            waits -= times_slept()
            engine.send(picture, (120, 200), number)
            made = engine.field()
            waits += times_slept()
            if made is None:
                return 0
            assert bridge_peer.is_good(made)
            return made.frame_id

        for round_ in range(KILLS):
            first = number + 1
            runtime = start(peer, "runtime", "victim")
            patience = Patience("a field of the new runtime")
            while patience and exchange() < first:
                pass
            assert engine.status().link in ("live", "stalled")  # a starved machine may stall it
            sometime(dice)
            kill(runtime)
            exchange()  # with a dead peer
            if round_ % 25 == 0:
                patience = Patience("the engine to notice")
                while patience and engine.status().link != "lost":
                    exchange()
        assert engine.status().fields_torn == 0
    assert waits == 0  # whatever moment the other died at
    assert bridge.sessions() == []


def serve_until_gone(runtime, after_three):
    """Checks and answers frames; returns how many there were when the engine was gone."""
    received, patience = 0, Patience("a frame of the new engine")
    try:
        while patience:
            if not runtime.wait(1.0) or (got := runtime.acquire()) is None:
                continue
            assert bridge_peer.frame_is_good(got)
            assert runtime.release()
            bridge_peer.answer(runtime, got)
            received += 1
            if received == 3:
                after_three()
    except bridge.PeerGone:
        return received


def test_engines_are_killed(peer, folder):
    """The runtime never reads a torn frame, notices each death, and clears up."""
    dice = random.Random(2)
    for _ in range(KILLS):
        engine = start(peer, "flood", "victim")

        def soon_kill(engine=engine):
            sometime(dice)
            kill(engine)

        with bridge_peer.attach("victim") as runtime:
            assert serve_until_gone(runtime, soon_kill) >= 3
        assert list(folder.iterdir()) == []


def test_both_are_killed_and_clean_removes_what_is_left(peer, folder, capsys):
    dice, leftovers = random.Random(3), 0
    for i in range(KILLS // 2):
        name = f"victim-{i}"
        sides = [start(peer, "flood", name), start(peer, "runtime", name)]
        sometime(dice)
        for side in dice.sample(sides, 2):
            kill(side)
    leftovers = len(list(folder.iterdir()))
    assert leftovers > 0
    with bridge.EngineSession("alive", 200, 120):
        while bridge.sessions() and len(bridge.sessions()) > 1:  # it lists at most 64 at a time
            assert main(["bridge-ls", "--clean"]) == 0
        assert [info.name for info in bridge.sessions()] == ["alive"]
    assert capsys.readouterr().err.count("removed victim-") == leftovers
    assert list(folder.iterdir()) == []


def await_session(name):
    patience = Patience("the session")
    while patience and not any(info.name == name for info in bridge.sessions()):
        pass


def test_a_new_engine_takes_its_name_from_a_dead_one(peer, folder):
    engine = start(peer, "flood", "victim")
    await_session("victim")
    kill(engine)
    with bridge.EngineSession("victim", 64, 64, engine="the next"):
        (info,) = bridge.sessions()
        assert info.engine == "the next"
    assert list(folder.iterdir()) == []


def test_a_dead_engines_session_is_refused(peer, folder):
    engine = start(peer, "flood", "victim")
    await_session("victim")
    kill(engine)
    with pytest.raises(bridge.PeerGone):
        bridge.RuntimeSession("victim")
    (info,) = bridge.sessions()
    assert info.leftover
    bridge.remove("victim")
    assert bridge.sessions() == []


def test_a_stopped_runtime_is_stalled_and_recovers(peer):
    """SIGSTOP: the engine sees it once the heart has been silent for EB_STALL_NS, and goes on."""
    with bridge.EngineSession("victim", 200, 120) as engine:
        runtime = start(peer, "runtime", "victim")
        try:
            await_link(engine, "live")
            runtime.send_signal(signal.SIGSTOP)
            silent_ns = await_link(engine, "stalled").silent_ns
            assert silent_ns >= STALL_NS
            engine.send(bridge_peer.frame(1), (120, 200), 1)  # passes, nobody listening
            runtime.send_signal(signal.SIGCONT)
            await_link(engine, "live")
            patience = Patience("a field after the pause")
            while patience and (made := engine.field()) is None:
                pass
            assert bridge_peer.is_good(made)
        finally:
            kill(runtime)
        await_link(engine, "lost")


def await_link(engine, link):
    patience = Patience(f"the link {link}")
    while patience and (status := engine.status()).link != link:
        # what the engine says is what the silence says, at every moment
        assert status.link != "live" or status.silent_ns <= STALL_NS
    return status


def test_a_busy_runtime_beats(monkeypatch):
    """A long network run is no stall: the heart has a thread of its own, without Python's lock."""
    with bridge.EngineSession("busy", 64, 64) as engine, bridge.RuntimeSession("busy"):
        beats = set()
        patience = Patience("ten beats")
        while patience and len(beats) < 10:
            status = engine.status()
            beats.add(time.monotonic_ns() - status.silent_ns >> 22)  # in steps of 4 ms
            assert status.link in ("live", "stalled")  # a starved machine may stall us


def test_a_stranger_cannot_remove_a_live_session():
    with bridge.EngineSession("mine", 64, 64), pytest.raises(BridgeError, match="live engine"):
        bridge.remove("mine")
