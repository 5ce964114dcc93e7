"""``python -m eyebrush_training search``: loss weights and widths, tuned with Optuna.

A trial trains a shortened recipe from nothing and is judged on held-out photographs: the style
distance is to be small, while content distance and flicker stay below bounds (constraints of
Optuna's TPE sampler). Trials that are behind the median at a report are pruned. Everything is kept
in a database (SQLite in the output folder, or --storage URL): stopped, the same command goes on,
and a trial whose process died is tried again. Workers are processes; those of other machines join
with the same --storage.
"""

from __future__ import annotations

import dataclasses
import multiprocessing
import os
import platform
import time
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from eyebrush.errors import InputError
from eyebrush_training import motion
from eyebrush_training.data import list_pictures, seen_paintings
from eyebrush_training.distances import content_distance, gram_distances, style_of
from eyebrush_training.evaluate import Painting, load_painting, load_square, paint
from eyebrush_training.loop import Model, Trainer
from eyebrush_training.networks import FieldShape
from eyebrush_training.recipe import Recipe, get_recipe
from eyebrush_training.train import prepare
from eyebrush_training.vgg import Vgg16

if TYPE_CHECKING:
    import optuna

REPORTS = 4  # times that a trial is measured; behind the median of the others it is pruned
STARTUP = 4  # trials before anything is pruned or learnt from
OPEN_TRIES, OPEN_REST_S = 4, 1.0  # of a database that another makes at the moment
HEARTBEAT_S = 60  # of a worker; a trial without it for twice as long is tried again
FINE, COARSE, INNER = (24, 32, 48), (64, 96), (16, 32, 48)  # widths


@dataclass(frozen=True)
class Plan:
    """What all workers of a search must agree on. Bounds are of held-out figures."""

    recipe: Recipe
    vgg: str
    paintings: Path
    photographs: Path
    out: Path
    storage: str
    trials: int
    threads: int = 1
    content: float = 1.4
    flicker: float = 40.0  # thousandths, root mean square after warping
    pictures: int = 2  # held-out photographs, and three times as many paintings

    def __post_init__(self) -> None:
        positive = (self.trials, self.threads, self.content, self.flicker, self.pictures)
        if min(positive) <= 0:
            raise InputError(
                got=f"trials, threads, content, flicker, pictures of {positive}",
                wanted="values above 0",
                fix="see search --help",
            )

    @property
    def folders(self) -> tuple[Path, Path, Path, Path]:
        return Path(self.vgg), self.paintings, self.photographs, self.out


@dataclass(frozen=True)
class Score:
    style: float
    content: float
    flicker: float

    def excess(self, plan: Plan) -> dict[str, float]:
        """How far over each bound, as a share of it; 0 or less is within."""
        return {
            "content": self.content / plan.content - 1,
            "flicker": self.flicker / plan.flicker - 1,
        }

    def penalised(self, plan: Plan) -> float:
        """Style distance, more by the share that bounds are passed by: what pruning compares."""
        return self.style * (1 + sum(max(0.0, v) for v in self.excess(plan).values()))


def suggest(trial: optuna.Trial, recipe: Recipe) -> Recipe:
    """The recipe with this trial's rate, weights and widths."""
    factor = trial.suggest_float("gram_factor", 0.4, 2.5, log=True)
    weights = dataclasses.replace(
        recipe.weights,
        gram=tuple(round(factor * g, 3) for g in recipe.weights.gram),
        moments=trial.suggest_float("moments", 1.0, 16.0, log=True),
        identity=trial.suggest_float("identity", 0.1, 2.0, log=True),
        tone=trial.suggest_float("tone", 0.5, 16.0, log=True),
        motion=trial.suggest_float("motion", 40.0, 800.0, log=True),
    )
    shape = FieldShape(
        fine=trial.suggest_categorical("fine", FINE),
        coarse=trial.suggest_categorical("coarse", COARSE),
        blocks=recipe.shape.blocks,
        inner=trial.suggest_categorical("inner", INNER),
    )
    rate = trial.suggest_float("rate", 5e-4, 4e-3, log=True)
    return dataclasses.replace(recipe, weights=weights, shape=shape, rate=rate)


def recipe_of(params: Mapping[str, Any], recipe: Recipe) -> Recipe:
    """The recipe that a trial with these parameters trained."""
    import optuna

    return suggest(optuna.trial.FixedTrial(dict(params)), recipe)  # type: ignore[arg-type]


@torch.no_grad()
def score(
    model: Model, vgg: Vgg16, photographs: list[Path], paintings: list[Painting], size: int = 256
) -> Score:
    """Held-out means. flicker: root mean square difference, in thousandths, between a picture of
    the moved scene and the moved picture (the same motion for every trial)."""
    rng = torch.Generator().manual_seed(3)
    rows = []
    for file in photographs:
        x = load_square(file, size)
        flow = motion.random_flow(1, size, size, rng)
        moved, inside = motion.warp(x, flow), motion.inside(flow)
        with torch.autocast("cpu", torch.bfloat16):
            content = vgg(x, last="relu3_3")
        for painting in paintings:
            out = paint(model, x, painting)
            with torch.autocast("cpu", torch.bfloat16):
                features = vgg(out)
            step = (paint(model, moved, painting) - motion.warp(out, flow)) * inside
            style = gram_distances(style_of(features), painting.gram).mean()
            rows.append((style, content_distance(features, content)[0], step.square().mean()))
    style, content, flicker = (float(torch.stack(v).mean()) for v in zip(*rows, strict=True))
    return Score(style, content, 1000 * flicker**0.5)


@dataclass(frozen=True)
class Data:
    """What a worker loads once. ``first`` holds VGG-16, style bank and photographs."""

    first: Trainer
    held_out: list[Path]
    shown: list[Painting]


def load(plan: Plan) -> Data:
    first, held_out = prepare(plan.recipe, *plan.folders, torch.device("cpu"))
    count = plan.pictures
    files = list_pictures(plan.paintings)
    names = [f.stem for f in seen_paintings(files)]
    seen = [f for f in files if f.stem in names]
    some = seen[:: max(1, len(seen) // (3 * count))][: 3 * count]
    return Data(
        first,
        held_out[1 :: max(1, len(held_out) // count)][:count] or held_out,
        [load_painting(f, first.vgg, names) for f in some],
    )


def objective(trial: optuna.Trial, plan: Plan, data: Data) -> float:
    """Train this trial's recipe; returns the held-out style distance at its end."""
    import optuna

    trial.set_user_attr("worker", f"{platform.node()}:{os.getpid()}")
    recipe, first = suggest(trial, plan.recipe), data.first
    trainer = Trainer(recipe, first.vgg, first.bank, first.photographs, first.device)
    found = None
    for report in range(1, REPORTS + 1):
        while trainer.step_done < recipe.steps * report // REPORTS:
            trainer.step()
        found = measure(trainer, data)
        trial.report(found.penalised(plan), trainer.step_done)
        if report < REPORTS and trial.should_prune():
            raise optuna.TrialPruned
    assert found is not None
    for name, excess in found.excess(plan).items():
        trial.set_constraint(name, excess)
        trial.set_user_attr(name, getattr(found, name))
    parameters = sum(p.numel() for p in trainer.model.field.parameters())
    trial.set_user_attr("parameters", parameters)
    return found.style


def measure(trainer: Trainer, data: Data) -> Score:
    """Of the running average; a painting's own code counts once the training has begun with it."""
    early = trainer.step_done < trainer.recipe.free_from * trainer.recipe.steps
    shown = [dataclasses.replace(p, own=-1) for p in data.shown] if early else data.shown
    return score(trainer.average, trainer.vgg, data.held_out, shown)


def open_study(plan: Plan) -> optuna.Study:
    """The study of this folder or storage; made where there is none."""
    import optuna

    study = optuna.create_study(
        storage=_open_storage(plan.storage),
        study_name=f"{plan.recipe.name}-{plan.recipe.steps}",
        load_if_exists=True,
        sampler=optuna.samplers.TPESampler(n_startup_trials=STARTUP),
        pruner=optuna.pruners.MedianPruner(n_startup_trials=STARTUP),
    )
    bounds = {"content": plan.content, "flicker": plan.flicker}
    known = study.user_attrs.get("bounds", bounds)
    if known != bounds:
        raise InputError(
            got=f"bounds {bounds} for a search that was begun with {known}",
            wanted="the same bounds",
            fix="pass those, or another --out",
        )
    study.set_user_attr("bounds", bounds)
    return study


def _open_storage(url: str) -> optuna.storages.RDBStorage:
    """Of two that make its tables at the same moment one fails, and finds them there when it tries
    again."""
    import optuna
    import sqlalchemy.exc
    from optuna.storages import RDBStorage, RetryHeartbeatStaleTrialCallback

    collisions = (
        sqlalchemy.exc.OperationalError,
        sqlalchemy.exc.ProgrammingError,
        sqlalchemy.exc.IntegrityError,
    )
    for rest in reversed(range(OPEN_TRIES)):
        try:
            with warnings.catch_warnings():  # heartbeats are experimental
                warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
                return RDBStorage(
                    url,
                    heartbeat_interval=HEARTBEAT_S,
                    grace_period=2 * HEARTBEAT_S,
                    heartbeat_stale_trial_callback=RetryHeartbeatStaleTrialCallback(max_retry=2),
                )
        except collisions:
            if not rest:
                raise
            time.sleep(OPEN_REST_S)
    raise AssertionError("OPEN_TRIES is above 0")


def work(plan: Plan) -> None:
    """One worker: trials until the study has as many as the plan wants."""
    from optuna.study import MaxTrialsCallback
    from optuna.trial import TrialState

    torch.set_num_threads(plan.threads)
    data = load(plan)
    study = open_study(plan)
    ended = (TrialState.COMPLETE, TrialState.PRUNED)
    if sum(t.state in ended for t in study.trials) >= plan.trials:
        return
    study.optimize(
        lambda trial: objective(trial, plan, data),
        callbacks=[MaxTrialsCallback(plan.trials, states=ended)],
    )


def search(plan: Plan, workers: int = 1) -> Path:
    """Run (or go on with) a search; writes out/search.html and returns it."""
    try:
        import optuna
    except ImportError:
        raise InputError(
            got="a Python without optuna",
            wanted="the optimiser that search uses",
            fix="pip install 'eyebrush[train,search]'",
        ) from None
    from eyebrush_training import search_report

    if workers < 1:
        raise InputError(got=f"--workers {workers}", wanted="1 or more", fix="--workers 1")
    optuna.logging.set_verbosity(optuna.logging.INFO)
    plan.out.mkdir(parents=True, exist_ok=True)
    open_study(plan)
    prepare(plan.recipe, *plan.folders, torch.device("cpu"))  # the style bank, once for all workers
    if workers == 1:
        work(plan)
    else:
        context = multiprocessing.get_context("spawn")
        processes = [context.Process(target=work, args=(plan,)) for _ in range(workers)]
        for process in processes:
            process.start()
        for process in processes:
            process.join()
        failed = [p.exitcode for p in processes if p.exitcode]
        if failed:
            raise InputError(
                got=f"{len(failed)} of {workers} workers that ended with code {failed[0]}",
                wanted="workers that end with their trials",
                fix="read their messages above; the same command goes on",
            )
    return search_report.write(open_study(plan), plan)


def plan_of(args: Any) -> Plan:
    """From the command line."""
    recipe = get_recipe(args.recipe, steps=args.steps, batch=args.batch, size=args.size)
    return Plan(
        recipe=recipe,
        vgg=str(args.vgg),
        paintings=args.paintings,
        photographs=args.photographs,
        out=args.out,
        storage=args.storage or f"sqlite:///{(args.out / 'search.db').resolve()}",
        trials=args.trials,
        threads=args.threads or 1,
        content=args.content,
        flicker=args.flicker,
        pictures=args.pictures,
    )
