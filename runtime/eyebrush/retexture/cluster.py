"""Files restyled on a Ray cluster (extra: cluster). Their bytes travel, so that the nodes share no
folder; every node needs the same Eyebrush, with the extra assets for models."""

from __future__ import annotations

import logging
import pickle
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import eyebrush
from eyebrush.atomic import replacing
from eyebrush.errors import BackendError, InputError
from eyebrush.retexture.batch import Outcome, Task, outcome_of
from eyebrush.retexture.container import companions
from eyebrush.retexture.job import Look, restyle_file
from eyebrush.stylizer import Stylizer

LOCAL = "local"
AHEAD = 2  # files in flight for each CPU of the cluster


def run_cluster(
    look: Look, tasks: list[Task], address: str, jobs: int
) -> Iterator[tuple[Task, Outcome]]:
    """On the cluster at ``address`` ("auto", "ray://head:10001"), or, for "local", on one of
    ``jobs`` workers that is started for it. If a worker dies, another does its file again."""
    if not tasks:
        return
    ray = _ray()
    options = {"num_cpus": jobs} if address == LOCAL else {}
    try:
        ray.init(
            address=LOCAL if address == LOCAL else address,
            include_dashboard=False if address == LOCAL else None,
            log_to_driver=False,
            logging_level=logging.ERROR,
            **options,
        )
    except (ConnectionError, RuntimeError, ValueError, OSError) as error:
        raise BackendError(
            f"no Ray cluster at {address!r} ({error}); fix: check --cluster, or ray start"
        ) from error
    try:
        work = ray.remote(num_cpus=1, max_retries=2)(_work)
        limit = AHEAD * max(1, int(ray.cluster_resources().get("CPU", 1)))
        shared = ray.put(look)
        todo = iter(tasks)
        flying: dict[Any, Task] = {}
        while True:
            while len(flying) < limit and (task := next(todo, None)) is not None:
                flying[work.remote(shared, eyebrush.__version__, *_packed(task))] = task
            if not flying:
                return
            (ready, *_), _ = ray.wait(list(flying), num_returns=1)
            task = flying.pop(ready)
            try:
                yield task, _unpacked(task, ray.get(ready))
            except ray.exceptions.RayError as error:
                yield task, {"error": f"on the cluster: {str(error).splitlines()[-1]}"}
    finally:
        ray.shutdown()


def _ray() -> Any:
    try:
        import ray
    except ImportError as error:
        raise BackendError(
            f"a cluster needs Ray ({error}); fix: pip install 'eyebrush[cluster]'"
        ) from error
    return ray


def _packed(task: Task) -> tuple[str, dict[str, bytes]]:
    """(name of the file, the bytes of it and of those that it names, by relative path)."""
    root = task.source.parent
    files = {task.source.name: task.source.read_bytes()}
    for path in companions(task.source):
        if path.is_file():  # a missing one is told by the restyling
            files[path.relative_to(root).as_posix()] = path.read_bytes()
    return task.source.name, files


def _unpacked(task: Task, answer: dict[str, Any]) -> Outcome:
    """Write what came back beside the task's output, the main file last."""
    if "error" in answer:
        return answer
    written = []
    for name, data in answer["files"].items():
        path = task.out.parent / name
        if not (path.is_file() and path.read_bytes() == data):
            with replacing(path) as temporary:
                temporary.write_bytes(data)
        written.append(str(path))
    return {"files": written, "figures": answer["figures"]}


_kept: tuple[bytes, Stylizer] | None = None  # of a node's process: the last look's


def _stylizer(look: Look) -> Stylizer:
    """Loading a network takes longer than painting with it: one serves for all files of a look."""
    global _kept
    key = pickle.dumps(look)
    if _kept is None or _kept[0] != key:
        _kept = key, look.stylizer()
    return _kept[1]


def _work(look: Look, version: str, name: str, files: dict[str, bytes]) -> dict[str, Any]:
    """On a node: the files in a folder, restyled into another one, and its bytes back."""
    with tempfile.TemporaryDirectory(prefix="eyebrush-") as place:
        source, out = Path(place, "in"), Path(place, "out")
        for relative, data in files.items():
            path = source / relative
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)

        def restyled() -> Any:
            if version != eyebrush.__version__:
                raise InputError(
                    got=f"Eyebrush {eyebrush.__version__} on a node of the cluster",
                    wanted=f"{version}, as here",
                    fix="install the same version everywhere",
                )
            return restyle_file(_stylizer(look), source / name, out / name, look.tile)

        outcome = outcome_of(restyled)
        if "error" in outcome:
            return {"error": outcome["error"].replace(f"{source}/", "")}
        found = {
            str(Path(f).relative_to(out).as_posix()): Path(f).read_bytes() for f in outcome["files"]
        }
        return {"files": found, "figures": outcome["figures"]}
