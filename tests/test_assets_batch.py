"""``eyebrush assets restyle FOLDER``: what is done, what is left out, killed and taken up again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from eyebrush.cli import main
from eyebrush.retexture.batch import MANIFEST, NO_COLOUR
from gltf_models import File, box, plasma, png, sphere
from tiny_assets import assets_fixture as assets_fixture
from tiny_assets import installed_fixture as installed_fixture

pytestmark = pytest.mark.usefixtures("installed")


@pytest.fixture
def game(tmp_path):
    """A folder as games have them: two models, loose textures of all kinds, other files."""
    folder = tmp_path / "game"
    (folder / "walls").mkdir(parents=True)
    File([sphere(8, 6)], [png(plasma(32, 32))]).glb(folder / "ball.glb")
    File([box()], [png(plasma(32, 32, 1))]).gltf(folder / "crate.gltf")
    for name in ("brick", "brick_normal", "brick-ORM", "notes_n", "noise"):
        (folder / "walls" / f"{name}.png").write_bytes(png(plasma(32, 32, len(name))))
    (folder / "level.txt").write_text("walls")
    return folder


def restyle(capsys, folder, *options):
    """main() in this process: (exit code, its JSON, stderr)."""
    line = ["assets", "restyle", folder, "-o", folder.parent / "out", "--json", *options]
    code = main([str(a) for a in [*line, *(() if "--style" in options else ("--style", "beta"))]])
    out, err = capsys.readouterr()
    return code, json.loads(out) if out else None, err


def written(folder):
    return {
        p.relative_to(folder).as_posix(): (p.read_bytes(), p.stat().st_mtime_ns)
        for p in folder.rglob("*")
        if p.is_file() and p.name != MANIFEST
    }


DONE = {"ball.glb", "crate.gltf", "walls/brick.png", "walls/noise.png"}


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_folder_once_and_then_only_what_changed(capsys, tmp_path, game, jobs):
    pytest.importorskip("pygltflib", reason="models need pip install 'eyebrush[assets]'")
    before = written(game)
    code, done, err = restyle(capsys, game, "--jobs", jobs)
    assert code == 0, err
    assert set(done["done"]) == DONE
    assert done["already"] == []
    assert done["failed"] == {}
    assert set(done["skipped"]) == {
        *("walls/brick_normal.png", "walls/brick-ORM.png", "walls/notes_n.png"),
        "textures/picture-0.png",
    }
    assert written(game) == before
    first = written(tmp_path / "out")
    assert set(first) == {*DONE, "crate.bin", "textures/crate-picture-0.png"}
    if jobs == 2:
        return
    code, done, _ = restyle(capsys, game, "--jobs", 1)
    assert (code, set(done["already"]), done["done"]) == (0, DONE, [])
    assert written(tmp_path / "out") == first

    (game / "walls" / "brick.png").write_bytes(png(plasma(32, 32, 77)))
    (game / "textures" / "picture-0.png").write_bytes(png(plasma(32, 32, 78)))
    (tmp_path / "out" / "ball.glb").write_bytes(b"damaged meanwhile")
    code, done, _ = restyle(capsys, game, "--jobs", 1)
    assert (code, set(done["done"])) == (0, DONE - {"walls/noise.png"})
    code, done, _ = restyle(capsys, game, "--jobs", 1, "--style", "alpha")
    assert (code, set(done["done"])) == (0, DONE)


def test_one_bad_file_is_named_and_stops_nothing(capsys, tmp_path, game):
    (game / "walls" / "broken.png").write_bytes(b"no picture")
    code, done, err = restyle(capsys, game, "--jobs", 1)
    assert code == 2
    assert set(done["failed"]) == {"walls/broken.png"}
    assert "walls/broken.png: got " in err
    assert set(done["done"]) == DONE
    (game / "walls" / "broken.png").write_bytes(png(plasma(8, 8)))
    code, done, _ = restyle(capsys, game, "--jobs", 1)
    assert (code, done["done"], set(done["already"])) == (0, ["walls/broken.png"], DONE)


def test_killed_in_the_middle_it_goes_on(capsys, tmp_path, game):
    """SIGKILL to the parent after the first finished file: its workers end, too, and the next run
    does what is left."""
    for number in range(12):
        (game / "walls" / f"wall{number}.png").write_bytes(png(plasma(256, 256, number)))
    line = [sys.executable, "-m", "eyebrush", "assets", "restyle", game, "--jobs", "2", "-q"]
    line += ["--style", "beta", "-o", tmp_path / "out"]
    manifest = tmp_path / "out" / MANIFEST
    process = subprocess.Popen([str(a) for a in line], stderr=subprocess.DEVNULL)
    workers = []
    try:
        end = time.monotonic() + 120
        while not (manifest.is_file() and manifest.read_text().count("\n")):
            assert process.poll() is None
            assert time.monotonic() < end
            time.sleep(0.01)
        workers = children(process.pid)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait(30)
    kept = [json.loads(t) for t in manifest.read_text().splitlines(True) if t.endswith("\n")]
    first = {entry["source"] for entry in kept}
    assert 0 < len(first) < len(DONE) + 12
    end = time.monotonic() + 30
    while any(alive(pid) for pid in workers):
        assert time.monotonic() < end, "workers outlived their parent"
        time.sleep(0.05)
    with manifest.open("a") as file:
        file.write('{"source": "walls/brick.png", "ke')  # as if killed while writing a line
    before = written(tmp_path / "out")
    code, done, err = restyle(capsys, game, "--jobs", 1)
    assert code == 0, err
    assert set(done["already"]) == first
    assert len(done["done"]) == len(DONE) + 12 - len(first)
    after = written(tmp_path / "out")
    code, done, _ = restyle(capsys, game, "--jobs", 1)
    assert (code, done["done"]) == (0, [])
    for entry in kept:
        for name in entry["files"]:
            assert after[name] == before[name]  # not written again


def children(pid):
    """Processes that a process started (Linux)."""
    found = []
    for task in os.listdir(f"/proc/{pid}/task"):
        try:
            with open(f"/proc/{pid}/task/{task}/children") as file:
                found += [int(n) for n in file.read().split()]
        except OSError:
            continue
    return found


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_folder_with_nothing_and_its_own_output(capsys, tmp_path, game):
    (tmp_path / "empty").mkdir()
    code, _, err = restyle(capsys, tmp_path / "empty")
    assert (code, "without models or textures" in err) == (2, True)
    assert main(["assets", "restyle", str(game), "-o", str(game)]) == 2
    assert "never touched" in capsys.readouterr()[1]
    assert main(["assets", "restyle", str(game / "ball.glb"), "--jobs", "2"]) == 2
    assert "with a folder" in capsys.readouterr()[1]


@pytest.mark.parametrize(
    ("stem", "colour"),
    [
        *(("brick", True), ("nova", True), ("albedo_map", True), ("metal_plate", True)),
        *(("brick_normal", False), ("brick-n", False), ("Brick_NormalGL", False), ("orm", False)),
        *(("wall.roughness_map", False), ("hero ao", False)),
    ],
)
def test_textures_that_are_no_colours_go_by_their_names(stem, colour):
    assert (NO_COLOUR.search(stem) is None) is colour


def test_on_a_local_ray_of_two_workers(capsys, tmp_path, game):
    pytest.importorskip(
        "ray", reason="Ray is an extra of 240 MB: pip install 'eyebrush[assets,cluster]'"
    )
    (game / "walls" / "broken.png").write_bytes(b"no picture")
    code, done, err = restyle(capsys, game, "--cluster", "local", "--jobs", 2)
    assert code == 2, err
    assert set(done["done"]) == DONE
    assert set(done["failed"]) == {"walls/broken.png"}
    remote = written(tmp_path / "out")
    assert main(["assets", "restyle", str(game), "--style", "beta", "--jobs", "1", "-q"]) == 2
    here = written(tmp_path / "game-beta")
    assert {n: data for n, (data, _) in remote.items()} == {n: d for n, (d, _) in here.items()}


def test_a_cluster_without_ray_says_what_to_install(capsys, game, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    code, _, err = restyle(capsys, game, "--cluster", "auto")
    assert code == 3
    assert "pip install 'eyebrush[cluster]'" in err
