"""A narrower network is cut from a wider one, and learns to paint what that paints."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="training needs torch: pip install 'eyebrush[train]'")

from eyebrush_training import distill  # noqa: E402
from eyebrush_training.data import list_pictures, seen_paintings  # noqa: E402
from eyebrush_training.export import Checkpoint, export, load_checkpoint  # noqa: E402
from eyebrush_training.loop import Model  # noqa: E402
from eyebrush_training.networks import FieldShape  # noqa: E402
from eyebrush_training.recipe import Recipe  # noqa: E402
from eyebrush_training.vgg import Vgg16  # noqa: E402

WIDE = Recipe("wide", shape=FieldShape(8, 16, 2, inner=12))
SLIM = Recipe("tiny", batch=2, size=64, parts=0, style_photographs=0, shape=FieldShape(8, 16, 2, 8))


def painter(seed: int) -> Model:
    """A model whose every weight counts: random strokes, random codes."""
    torch.manual_seed(seed)
    model = Model(WIDE, 3).requires_grad_(False)
    model.head.fit_whitening(torch.randn(20, 896))
    model.own.normal_(std=0.3)
    model.field.grid_out.weight.normal_(std=0.1)
    return model


def test_channels_without_a_reader_can_go() -> None:
    """What is left out are the channels that nothing reads: the painting stays what it was."""
    wide, slim = painter(1), Model(SLIM, 3).requires_grad_(False)
    unused = [[0, 3, 7, 11], [2, 4, 5, 9]]
    for second, channels in zip(wide.field.body[1::2], unused, strict=True):
        second.weight[:, channels] = 0
    statistics = torch.randn(5, 896)
    distill.narrow(wide, slim, statistics)
    x, tone = torch.rand(2, 3, 64, 64), torch.eye(3, 4).expand(2, 3, 4)
    inputs = x, statistics[:2], torch.tensor([1, -1]), tone, tone
    for ours, theirs in zip(slim(*inputs), wide(*inputs), strict=True):
        torch.testing.assert_close(ours, theirs, atol=1e-4, rtol=1e-4)


@pytest.mark.slow
def test_student_comes_closer_and_train_can_go_on(
    tiny_vgg: Vgg16, data: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = seen_paintings(list_pictures(data["paintings"]))
    torch.manual_seed(2)
    teacher = Model(WIDE, len(files)).requires_grad_(False)
    teacher.head.fit_whitening(torch.randn(20, 896))
    teacher.field.strokes.weight.mul_(4)
    teacher.field.strokes.bias[12:] += 1  # strokes that show
    names = [f.stem for f in files]
    export(Checkpoint(WIDE, teacher.eval(), 1, names), tiny_vgg, files, tmp_path / "teacher")

    monkeypatch.setattr(distill, "SIDE", 32)
    monkeypatch.setattr("eyebrush_training.train.load_vgg", lambda _: tiny_vgg)
    last = distill.distill(
        SLIM,
        tmp_path / "teacher",
        Path("unused: the tiny VGG of the tests"),
        data["paintings"],
        data["photographs"],
        tmp_path / "run",
        steps=60,
        device_name="cpu",
    )
    lines = [json.loads(line) for line in (tmp_path / "run/curves.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == [50, 60]
    assert lines[-1]["total"] < 0.9 * lines[0]["total"]

    student = load_checkpoint(last, names)
    assert student.step == 0  # where train begins
    assert student.recipe.shape == SLIM.shape
    assert student.recipe.steps == SLIM.steps
