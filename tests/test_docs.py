"""What the documentation says is so: commands parse, links lead somewhere, examples run."""

from __future__ import annotations

import importlib
import re
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from eyebrush.cli import COMMANDS, build_parser

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "benchmarks").glob("*.md"),
        *(ROOT / "training").glob("*.md"),
        *(ROOT / "engine_bridge").rglob("*.md"),
        *(ROOT / "runtime").rglob("*.md"),
    ]
)
# A place in somebody's home folder, on any system, or in a folder that only one machine has.
MACHINE_PATHS = re.compile(r"(?<![\w.])/(?:root|work|home|Users)/\w{2}|\b[A-Z]:\\+Users\\+\w{2}")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
INLINE = re.compile(r"`([^`\n]+)`")
PREFIX = re.compile(r"^(?:\$ )?(?:[A-Z_]+=\S+ )*(?:sudo )?(?:\S*/)?")


def code_lines(page: Path) -> list[str]:
    """Lines of the page's code blocks (indented or fenced), continued lines joined, and the code
    within its text."""
    text = page.read_text("utf-8")
    blocks = re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    rest = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    joined = "\n".join([*blocks, rest]).replace("\\\n", " ")
    lines = [line.strip() for block in blocks for line in block.splitlines()]
    lines += [line.strip() for line in joined.splitlines() if line.startswith("    ")]
    return lines + INLINE.findall(rest)


def commands_of(lines: list[str], program: str) -> list[str]:
    """Arguments of every line that calls ``program``, comments cut off."""
    found = []
    for line in lines:
        call = PREFIX.sub("", line)
        if call.startswith(f"{program} "):
            found.append(re.split(r"\s#|\s{2,}", call[len(program) :].strip())[0])
    return found


def shown(program: str) -> list[tuple[str, str]]:
    """(page, arguments) of every call of ``program`` in all pages."""
    found = {
        (str(p.relative_to(ROOT)), c) for p in PAGES for c in commands_of(code_lines(p), program)
    }
    return sorted(found)


def examples() -> list[tuple[str, str]]:
    """The same, of the examples that --help prints."""
    found = []
    for name in COMMANDS:
        text: str = importlib.import_module("eyebrush.cli." + name.replace("-", "_")).EXAMPLES
        lines = [line.strip() for line in text.splitlines()]
        found += [(f"eyebrush {name} --help", c) for c in commands_of(lines, "eyebrush")]
    return found


def parses(parse: Callable[[list[str]], object], arguments: str) -> bool:
    """A whole command line; or the bare name of a command (the text may speak of it)."""
    words = shlex.split(arguments)
    bare = words + ([] if any(w.startswith("-") or "." in w for w in words) else ["--help"])
    for attempt in (words, bare):
        try:
            parse(attempt)
        except SystemExit as stop:
            if stop.code == 0:
                return True
        else:
            return True
    return False


@pytest.mark.parametrize(("page", "arguments"), shown("eyebrush") + examples())
def test_every_command_shown_parses(
    page: str, arguments: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in COMMANDS if "COMMAND" in arguments else ("",):
        line = arguments.replace("COMMAND", name)
        assert parses(build_parser().parse_args, line), f"{page}: {line}: {capsys.readouterr().err}"


def test_commands_are_found_and_wrong_ones_are_not_accepted(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The test above would be worth nothing if it found nothing or accepted anything."""
    pages = {page for page, _ in shown("eyebrush")}
    assert {"README.md", "CONTRIBUTING.md", "training/README.md"} <= pages
    for wrong in ("paint x.jpg", "restyle x.jpg", "style add", "restyle a.jpg -o b.png --mixx 1"):
        whole = wrong != "style add"  # a bare name is a fair thing to write
        assert parses(build_parser().parse_args, wrong) is not whole, wrong
    capsys.readouterr()


def test_training_commands_shown_parse(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("torch", reason="training needs torch: pip install 'eyebrush[train]'")
    main = importlib.import_module("eyebrush_training.__main__")
    lines = [line for page in PAGES for line in code_lines(page)]
    called = [
        line.split("-m eyebrush_training ")[1] for line in lines if "-m eyebrush_training " in line
    ]
    assert len(called) >= 4
    for arguments in called:
        assert parses(main.build_parser().parse_args, arguments), (
            f"{arguments}: {capsys.readouterr().err}"
        )


def test_make_targets_shown_exist() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z-]+):.*##", makefile, re.MULTILINE))
    named = {re.split(r"[\s=]", c)[0] for _, c in shown("make")} - {"PYTHON"}
    assert {"demo", "test", "lint", "setup"} <= named <= targets


def test_readme_shows_the_two_commands() -> None:
    lines = (ROOT / "README.md").read_text("utf-8").splitlines()
    assert "    make demo" in lines
    assert "    make test" in lines


def test_readme_example_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    (code,) = re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    rng = np.random.default_rng(4)
    photo = Image.fromarray(rng.integers(0, 256, (48, 64, 3), dtype=np.uint8))
    photo.save(tmp_path / "photo.jpg")
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "README.md", "exec"), {})
    with (
        Image.open(tmp_path / "photo.jpg") as before,
        Image.open(tmp_path / "painted.png") as after,
    ):
        assert after.size == before.size
        assert np.abs(np.asarray(after).astype(int) - np.asarray(before)).mean() > 5


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_relative_links_resolve(page: Path) -> None:
    text = re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    broken = []
    for target in LINK.findall(text):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        place = (page.parent / path).resolve() if path else page
        lost = not place.exists() or ROOT not in (place, *place.parents)
        if lost or (anchor and anchor not in anchors(place)):
            broken.append(target)
    assert not broken


def anchors(page: Path) -> set[str]:
    """Heading anchors as code hosts make them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}


def tracked_texts() -> dict[str, str]:
    """Every tracked text file by name."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip(f"not a git checkout, so that nothing is tracked: {listed.stderr.strip()}")
    texts = {}
    for name in filter(None, listed.stdout.split("\0")):
        data = (ROOT / name).read_bytes() if (ROOT / name).is_file() else b"\0"
        if b"\0" not in data:
            texts[name] = data.decode("utf-8")
    return texts


def test_no_tracked_file_names_a_place_on_somebodys_machine() -> None:
    found = [
        f"{name}: {line.strip()[:120]}"
        for name, text in tracked_texts().items()
        for line in text.splitlines()
        if MACHINE_PATHS.search(line) or f"{ROOT}/" in line
    ]
    assert not found


def test_decisions_are_listed_and_short() -> None:
    """One page for each decision, all of them in the list."""
    folder = ROOT / "docs" / "decisions"
    listed = set(LINK.findall((folder / "README.md").read_text("utf-8")))
    pages = {p.name for p in folder.glob("*.md")} - {"README.md"}
    assert listed == pages
    for name in pages:
        assert len((folder / name).read_text("utf-8").split()) <= 300, name
