"""Runs over many portraits."""

from __future__ import annotations

import os
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from .. import _errors
from .._errors import EngineError, InvalidOptionError
from .._native import GazeGenerator
from ._generator import ATTEMPTS, Generator, check_options
from ._ledger import Ledger
from ._outcome import Outcome, Report, suffix_of, write_report
from ._portraits import Portraits, find_portraits

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ..types import BulkOptions, EngineName

#: Blocks of Ray Data's at most. One portrait a block is best, for they take long; many thousands of blocks
#: cost.
_MAX_BLOCKS = 4096


def run(
    portraits: Portraits,
    out: str | os.PathLike[str],
    *,
    actors: int = 2,
    cpus_per_actor: float = 1,
    gpus_per_actor: float = 0,
    report: str | os.PathLike[str] | None = "report.jsonl",
    only_rig: bool = False,
    engine: EngineName = "auto",
    device: str = "auto",
    models: str | os.PathLike[str] | None = None,
    attempts: int = ATTEMPTS,
    force: bool = False,
    **options: Unpack[BulkOptions],
) -> Report:
    """Makes the faces of many portraits by actors of Ray Data's, each with a generator of its own.

    Ray is started on this machine, unless it is running, ``ray.init()`` was called or ``RAY_ADDRESS`` names a
    cluster. There, every machine has gaze-generator and sees the portraits, ``out`` and ``models`` by the
    same paths.

    What was made of the same picture by the same options and version of gaze is left as it is. A portrait
    that fails ends nothing: the report says why, and the next run tries it again. Results appear when they
    are whole. An actor that dies is replaced and its portrait begun again, which may happen ``attempts``
    times.

    Args:
        portraits: a folder (its pictures and those of the folders in it, but hidden ones), a pattern
            (``"in/*/front.jpg"``, ``**`` for any folders), a file, a list of files, or a dict of names and
            files. Results are called as the file without its suffix, below the folders that it has in the
            folder, or from the first wildcard on; with the suffix where two would have one name (two
            that differ in capitals alone are refused).
        out: folder of all results: ``NAME/`` for each portrait, or ``NAME.gaze``. One run at a time.
        actors: processes that make faces at the same time, where there is room for so many.
        cpus_per_actor: cores that each may use, and its threads.
        gpus_per_actor: GPUs that each may use, also parts of one; 0 for none.
        report: file for what became of each portrait, ``.jsonl`` or ``.parquet``, in ``out`` unless its path
            is absolute; None for none. It appears at the end, as a whole.
        only_rig: make live rigs alone, ``NAME.gaze``, which takes a fraction of a second each.
        engine, models: as for :class:`GazeGenerator`. Other files of models are not noticed: see ``force``.
        device: the same; with ``"auto"`` the GPU where ``gpus_per_actor`` declares one, else the CPU.
        attempts: how often a portrait is begun in a run, where the process that works on it dies.
        force: make everything again, changed or not.
        options: those of :meth:`GazeGenerator.generate` (or :meth:`~GazeGenerator.rig`) but ``progress``, and
            ``landmarks``, ``lids``, ``reference_preprocessing``, ``batch``, ``onnxruntime``, ``precision``,
            ``tf32``, ``cuda_graph`` and ``tuning`` of :class:`GazeGenerator`.

    Returns:
        Report: what became of each portrait.

    Raises:
        ImportError: Ray is not installed.
        InvalidOptionError, InvalidInputError: an option, or that there are no portraits; before anything is
        begun. EngineError: an actor cannot open the engine.
        OSError: the results' folder or the report cannot be written.
    """
    out = Path(os.path.abspath(out))
    file = None if report is None else out / report
    if file is not None:
        suffix_of(file)
    _check_resources(actors, cpus_per_actor, gpus_per_actor, attempts, device)
    check_options(only_rig, cast("dict[str, Any]", options))
    if engine != "liveportrait":
        # Where the engine is, only actors can tell; whether there is one of that name is known here.
        GazeGenerator("embedded" if engine == "auto" else engine)
    found = find_portraits(portraits, out)
    run_id = uuid.uuid4().hex
    ledger = Ledger(out, run_id, "")
    ledger.forget_other_runs()
    settings = {
        "only_rig": only_rig,
        "engine": engine,
        "device": device,
        "models": None if models is None else os.path.abspath(models),
        "threads": max(1, int(cpus_per_actor)),
        "attempts": attempts,
        "force": force,
        "run": run_id,
        **options,
    }
    outcomes = {name: _unreadable(name, path) for name, path in found.items() if not _is_text(name, path)}
    rows = [{"name": name, "path": path} for name, path in found.items() if name not in outcomes]
    if rows:
        made = _outcomes(rows, out, ledger, settings, actors, cpus_per_actor, gpus_per_actor)
        outcomes.update((outcome.name, outcome) for outcome in made)
    ordered = [outcomes.get(name) or _lost(name, path) for name, path in found.items()]
    if file is not None:
        write_report(file, ordered)
    return Report(ordered, file)


def _outcomes(
    rows: list[dict[str, str]],
    out: Path,
    ledger: Ledger,
    settings: dict[str, Any],
    actors: int,
    cpus: float,
    gpus: float,
) -> list[Outcome]:
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise ImportError(
            "many portraits at once need Ray: run `pip install 'gaze-generator[ray]'`"
        ) from error

    if not ray.is_initialized():
        ray.init()
    dataset = ray.data.from_items(rows, override_num_blocks=min(len(rows), _MAX_BLOCKS)).map_batches(
        Generator,
        fn_constructor_args=(str(out),),
        fn_constructor_kwargs=settings,
        batch_size=1,
        # Nothing waits in the queue of one actor while another has nothing to do, or while it is replaced.
        compute=ray.data.ActorPoolStrategy(size=min(actors, len(rows)), max_tasks_in_flight_per_actor=1),
        num_cpus=cpus,
        num_gpus=gpus,
    )
    outcomes = []
    try:
        for table in dataset.iter_batches(batch_size=None, batch_format="pyarrow"):
            outcomes += [Outcome.from_json(row) for row in table.to_pylist()]
    except Exception as error:
        failure = ledger.failure()
        if failure is None:
            raise
        name, message = failure
        raise getattr(_errors, name, EngineError)(message) from error
    return outcomes


def _check_resources(actors: int, cpus: float, gpus: float, attempts: int, device: str) -> None:
    for name, value, least in (("actors", actors, 1), ("attempts", attempts, 1)):
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise InvalidOptionError(f"{name} is {value!r}: use a whole number from {least}")
    if not 0 < cpus <= 256:
        raise InvalidOptionError(f"cpus_per_actor is {cpus!r}: use more than 0, up to 256")
    if not gpus >= 0:
        raise InvalidOptionError(f"gpus_per_actor is {gpus!r}: use 0 or more")
    if not gpus and device.split(":")[0] in ("cuda", "tensorrt"):
        raise InvalidOptionError(f"device={device!r} needs a GPU that is declared: use gpus_per_actor=1")


def _is_text(*texts: str) -> bool:
    try:
        return all(text.encode() is not None for text in texts)
    except UnicodeEncodeError:
        return False


def _unreadable(name: str, path: str) -> Outcome:
    """Of a file whose name is no Unicode, which tables of Arrow's cannot hold."""
    name, path = (text.encode(errors="backslashreplace").decode() for text in (name, path))
    return Outcome(
        name, "failed", path, error="InvalidInputError", message="its name is no UTF-8: rename the file"
    )


def _lost(name: str, path: str) -> Outcome:
    message = "Ray gave nothing back for it: see Ray's log, and run again"
    return Outcome(name, "failed", path, error="ActorDied", message=message)
