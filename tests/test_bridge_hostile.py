"""Regions that were planted, and peers that write what they should not."""

import contextlib
import mmap
import os
import signal
import struct
import subprocess
import sys

import numpy as np
import pytest

import bridge_peer
from eyebrush import bridge
from eyebrush.errors import BridgeError
from own_sessions import folder_fixture as folder_fixture

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no file modes and links")

# Places of PROTOCOL.md.
MAJOR, MINOR, SLOTS_AT, GEOMETRY, GEOMETRY_BYTES = 8, 12, 52, 56, 72
LIVE, PEERS_BYTES, CHANNEL_BYTES, SLOT_BYTES = 512, 128, 128, 64
FRAMES, FIELDS, CONTROLS, REPORTS = range(4)


@pytest.fixture
def path(folder):
    return folder / f"eyebrush-{os.geteuid()}-game"


@contextlib.contextmanager
def both():
    with bridge.EngineSession("game", 200, 120) as engine, bridge.RuntimeSession("game") as runtime:
        yield engine, runtime


def poke(path, offset, form, *values):
    """What a hostile peer does: write into the region, whoever uses it."""
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as memory:
        struct.pack_into("<" + form, memory, offset, *values)


def peek(path, offset, form):
    return struct.unpack_from("<" + form, path.read_bytes(), offset)


def newest_at(channel):
    return LIVE + PEERS_BYTES + channel * CHANNEL_BYTES


def slot_at(path, channel):
    """Where the newest slot of a channel begins."""
    offset, slot_bytes = peek(path, GEOMETRY + channel * GEOMETRY_BYTES, "2Q")
    (newest,) = peek(path, newest_at(channel), "Q")
    return offset + (newest & 0xFF) * slot_bytes


def refused(open_it, words):
    with pytest.raises(BridgeError, match=words):
        open_it()


def open_engine():
    return bridge.EngineSession("game", 200, 120)


def open_runtime():
    return bridge.RuntimeSession("game")


class TestPlanted:
    """What is there before the engine comes is refused by both sides, and left as it is."""

    def both_refuse(self, path, words="wanted a regular file"):
        before = path.lstat()
        for open_it in (open_engine, open_runtime):
            refused(open_it, words)
        assert path.lstat() == before
        (info,) = bridge.sessions()
        assert info.problem == "not a region that can be trusted"
        refused(lambda: bridge.remove("game"), words)

    def test_a_link(self, path, tmp_path):
        target = tmp_path / "precious"
        target.write_bytes(b"data" * 1000)
        path.symlink_to(target)
        for open_it in (open_engine, open_runtime, lambda: bridge.remove("game")):
            refused(open_it, "wanted a regular file of your own")
        assert target.read_bytes() == b"data" * 1000

    def test_a_folder(self, path):
        path.mkdir()
        self.both_refuse(path)

    def test_a_pipe(self, path):
        os.mkfifo(path, 0o600)
        self.both_refuse(path)

    @pytest.mark.parametrize("mode", [0o644, 0o660, 0o666, 0o4600])
    def test_a_file_that_others_can_open(self, path, mode):
        path.write_bytes(bytes(8192))
        path.chmod(mode)
        self.both_refuse(path)

    def test_a_file_of_another_user(self, path):
        if os.geteuid() != 0:
            pytest.skip("only root can give a file to another user")
        path.write_bytes(bytes(8192))
        path.chmod(0o600)
        os.chown(path, 12345, 12345)
        self.both_refuse(path)

    def test_a_folder_that_others_can_write(self, folder):
        folder.chmod(0o777)
        for call in (open_engine, open_runtime, bridge.sessions):
            refused(call, "wanted your own with mode 700")

    @pytest.mark.parametrize("size", [0, 1, 511, 4096, 100_000])
    def test_a_file_that_is_no_region(self, path, size):
        path.write_bytes(b"x" * size)
        path.chmod(0o600)
        refused(open_runtime, "wanted 512 bytes|no bridge region|wanted one")
        with open_engine():  # nobody holds it: the name is free
            assert path.stat().st_size > 100_000


def test_regions_are_private_whatever_the_umask(path):
    old = os.umask(0)
    try:
        with open_engine():
            assert path.stat().st_mode & 0o7777 == 0o600
    finally:
        os.umask(old)


def test_another_major_version_names_both(path):
    with open_engine():
        poke(path, MAJOR, "I", 9)
        refused(open_runtime, r"version 9\.1; wanted 1\.x")
        (info,) = bridge.sessions()
        assert (info.version, info.problem) == ("9.1", "another major version")


def test_minor_versions_understand_each_other(path):
    """A newer engine, and one whose structs are shorter: what is not there is zero."""
    with open_engine() as engine:
        poke(path, MINOR, "I", 7)
        poke(path, GEOMETRY + FRAMES * GEOMETRY_BYTES + 16, "Q", 64)  # no views yet
        with open_runtime() as runtime:
            assert runtime.info.version == "1.7"
            engine.send(bridge_peer.frame(1), (120, 200), 1)
            got = runtime.acquire()
            assert bridge_peer.frame_is_good(got)
            assert got.frames.views == ()
            runtime.release()


def test_an_engine_of_before_calm_and_detail_leaves_them_to_the_runtime(path):
    with open_engine() as engine:
        poke(path, MINOR, "I", 0)
        poke(path, GEOMETRY + CONTROLS * GEOMETRY_BYTES + 16, "Q", 456)
        with open_runtime() as runtime:
            engine.set_control(bridge.Control("scream", calm=0.5, detail=0.5))
            got = runtime.control()
            assert (got.style, got.calm, got.detail) == ("scream", None, None)


@pytest.mark.parametrize(
    ("offset", "form", "value"),
    [
        (0, "Q", 0),  # magic
        (16, "I", 0),  # header_bytes
        (16, "I", 2**31),
        (24, "Q", 10**6),  # region_bytes
        (24, "Q", 2**63),
        (48, "I", 3),  # eyes
        (SLOTS_AT, "I", 4),
        *(
            (GEOMETRY + c * GEOMETRY_BYTES, "Q", v)
            for c in range(4)
            for v in (0, 1, 2**40, 2**64 - 64)
        ),
        *((GEOMETRY + c * GEOMETRY_BYTES + 8, "Q", v) for c in range(4) for v in (0, 2**33, 2**62)),
        *((GEOMETRY + c * GEOMETRY_BYTES + 16, "Q", v) for c in range(4) for v in (2**20, 2**63)),
        *((GEOMETRY + GEOMETRY_BYTES + 24 + 8 * i, "Q", 2**63 - 64) for i in range(6)),
    ],
)
def test_a_header_that_contradicts_itself_is_refused(path, offset, form, value):
    with open_engine():
        poke(path, offset, form, value)
        refused(open_runtime, "contradicts itself|no bridge region")


def test_a_slot_that_does_not_exist(path):
    with both() as (engine, runtime):
        poke(path, newest_at(FRAMES), "Q", 5 << 8 | 3)
        refused(runtime.acquire, "slot that does not exist")
        poke(path, newest_at(FIELDS), "Q", 5 << 8 | 255)
        refused(engine.field, "slot that does not exist")


@pytest.mark.parametrize(
    ("offset", "form", "value"),
    [
        (24, "I", 0),  # eyes
        (24, "I", 3),
        (28, "I", 0),  # width
        (36, "I", 2**32 - 1),  # colour width: times the rest it would wrap around
        (36, "I", 8192),  # larger than the slot
        (44, "I", 5),  # depth without a height
        (56, "f", float("nan")),  # extent
        (56, "f", 0.0),
        (64, "f", float("inf")),  # a view
        (64 + 28, "f", 3.0),  # field of view over 90 degrees
    ],
)
def test_frames_with_impossible_numbers(path, offset, form, value):
    """The engine wrote nonsense: said so, once, and the next good frame is taken."""
    with both() as (engine, runtime):
        engine.send(bridge_peer.frame(1), (120, 200), 1)
        poke(path, slot_at(path, FRAMES) + SLOT_BYTES + offset, form, value)
        refused(runtime.acquire, "wanted")
        engine.send(bridge_peer.frame(2), (120, 200), 2)
        assert bridge_peer.frame_is_good(runtime.acquire())
        runtime.release()


@pytest.mark.parametrize(
    ("offset", "form", "value"),
    [
        (32, "I", 2),  # kind
        (36, "I", 0),  # eyes
        (40, "I", 0),  # bins
        (40, "I", 2**31),
        (52, "I", 8192),  # strokes
        (60, "I", 4),  # pixels beside strokes
        (68, "f", 2.0),  # strength
        (72, "f", -1.0),  # extent
    ],
)
def test_fields_with_impossible_numbers(path, offset, form, value):
    with both() as (engine, runtime):
        for number in (1, 2):
            engine.send(bridge_peer.frame(number), (120, 200), number)
            got = runtime.acquire()
            bridge_peer.answer(runtime, got)
            runtime.release()
            if number == 1:
                poke(path, slot_at(path, FIELDS) + SLOT_BYTES + offset, form, value)
                refused(engine.field, "wanted")
        assert bridge_peer.is_good(engine.field())


def test_wishes_with_impossible_numbers(path):
    with both() as (engine, runtime):
        for offset, form, value in ((0, "I", 2), (8, "f", float("nan")), (20, "I", 2**31)):
            engine.set_control(bridge.Control("a"))
            poke(path, slot_at(path, CONTROLS) + SLOT_BYTES + offset, form, value)
            refused(runtime.control, "wanted")
        engine.set_control(bridge.Control("b"))
        assert runtime.control().style == "b"


def test_reports_with_impossible_numbers_and_endless_texts(path):
    with both() as (engine, runtime):
        runtime.report(bridge.Report("running", "fine"))
        assert engine.status().report.reason == "fine"
        runtime.report(bridge.Report("running", "never seen"))
        poke(path, slot_at(path, REPORTS) + SLOT_BYTES, "I", 77)
        assert engine.status().report.reason == "fine"
        runtime.report(bridge.Report("running", "x"))
        reason = slot_at(path, REPORTS) + SLOT_BYTES + 32 + 256
        poke(path, reason, "256s", b"\x1b]0;" + b"y" * 252)
        assert engine.status().report.reason == "?]0;" + "y" * 251


def test_a_slot_overwritten_while_it_is_read_is_torn(path):
    """A writer that ignores the claim: what was read is told to be worthless."""
    with both() as (engine, runtime):
        engine.send(bridge_peer.frame(1), (120, 200), 1)
        assert runtime.acquire() is not None
        poke(path, slot_at(path, FRAMES), "Q", 99)
        assert not runtime.release()
        engine.send(bridge_peer.frame(2), (120, 200), 2)
        got = runtime.acquire()
        bridge_peer.answer(runtime, got)
        assert runtime.release()
        poke(path, slot_at(path, FIELDS), "Q", 99)
        assert engine.field() is None
        assert engine.status().fields_torn == 1


def test_claims_and_waiting_flags_of_a_liar_do_no_harm(path):
    with both() as (engine, runtime):
        for claim in (1, 2, 3, 4, 2**32 - 1):
            poke(path, newest_at(FRAMES) + 64, "2I", claim, 1)
            for number in range(1, 5):
                engine.send(bridge_peer.frame(number), (120, 200), number)
            assert bridge_peer.frame_is_good(runtime.acquire())
            runtime.release()


def test_beats_from_the_future_are_no_sign_of_life(path):
    with open_engine() as engine:
        poke(path, LIVE + 64, "I", 1)  # the runtime is here, it says
        for beat in (2**63 - 1, -(2**63), 0):
            poke(path, LIVE + 64 + 16, "q", beat)
            status = engine.status()
            assert status.link == "lost"  # nobody holds that side
            assert status.silent_ns >= 0


def test_a_region_that_is_cut_short_is_refused_not_fatal(path):
    with both() as (engine, runtime):
        engine.send(bridge_peer.frame(1), (120, 200), 1)
        os.truncate(path, 4096)
        refused(runtime.acquire, "cut short")
        refused(engine.field, "cut short")
        refused(lambda: engine.send(bridge_peer.frame(2), (120, 200), 2), "cut short")


CUT_SHORT = """
import mmap, os, sys
import numpy as np
from eyebrush import bridge
from eyebrush.frame import EyeFrames

path, what = sys.argv[1:]
engine = bridge.EngineSession("game", 800, 800)
runtime = bridge.RuntimeSession("game")
engine.send(EyeFrames(np.full((2, 200, 200, 4), 9, np.uint8)), (800, 800), 1)
color = runtime.acquire().frames.color
if what == "region":
    os.truncate(path, 4096)
    print(int(color.sum()), runtime.release())
else:  # a bus error that has nothing to do with the bridge
    with open(path + ".other", "w+b") as file:
        file.truncate(8192)
        other = mmap.mmap(file.fileno(), 8192)
        file.truncate(0)
    print(other[5000])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="regions are cut short as on Linux")
@pytest.mark.parametrize("what", ["region", "other"])
def test_a_region_cut_short_under_the_reader_reads_as_zeros(path, what):
    """In the middle of reading, when no check can help. Other bus errors are as deadly as ever."""
    line = [sys.executable, "-c", CUT_SHORT, str(path), what]
    done = subprocess.run(line, capture_output=True, text=True, timeout=60)
    if what == "region":
        assert (done.returncode, done.stdout) == (0, "0 False\n"), done.stderr
    else:
        assert done.returncode == -signal.SIGBUS


def test_random_bytes_everywhere(path):
    """A thousand rounds of noise in the header, the live part and the messages, between calls."""
    rng = np.random.default_rng(11)
    calls = 0
    with both() as (engine, runtime):
        size = path.stat().st_size
        for number in range(1, 1001):
            end = size if number % 4 == 0 else 4096
            with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as memory:
                for at in rng.integers(512, end - 8, 4):
                    memory[at : at + 8] = rng.bytes(8)
            for call in (
                lambda n=number: engine.send(bridge_peer.frame(n), (120, 200), n),
                runtime.acquire,
                runtime.release,
                runtime.control,
                engine.field,
                engine.status,
                bridge.sessions,
            ):
                with contextlib.suppress(BridgeError, bridge.InputError):
                    call()
                    calls += 1
    assert calls > 1000
