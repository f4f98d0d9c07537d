"""What an actor does."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import sys
import time
import uuid
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, cast

from .._errors import GazeError, InputNotFoundError, InvalidInputError, InvalidOptionError, OutputError
from .._native import GazeGenerator, __version__
from ._ledger import Ledger, Record
from ._outcome import Outcome, table_of, write_whole
from ._portraits import check_name

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ..types import BulkOptions, EngineName, Portrait

#: Options that open an engine; the others are for each portrait.
_ENGINE_OPTIONS = frozenset({"landmarks", "batch", "onnxruntime", "precision", "tf32", "cuda_graph"})
#: Options that results do not depend on.
_SILENT_OPTIONS = frozenset({"resume", "batch", "onnxruntime", "cuda_graph"})
#: How often a portrait is begun in a run at most, where the process that works on it dies.
ATTEMPTS = 2


class Generator:
    """A class for Ray Data's ``map_batches``: each actor holds one :class:`GazeGenerator`.

    Args:
        out: folder of all results, which all machines see: ``NAME/`` for each portrait, or ``NAME.gaze``.
        only_rig: make live rigs alone.
        engine, models: as for :class:`GazeGenerator`.
        device: the same; with ``"auto"`` an actor uses the GPU where one was declared, else the CPU.
        threads: threads of an actor; by default as many as CPUs were declared for it.
        attempts: how often a portrait is begun, where the process that works on it dies.
        force: make everything again, changed or not.
        run: name of the run that actors have in common; by default each actor's own, which it keeps when Ray
            restarts it.
        options: those of :meth:`GazeGenerator.generate` (or :meth:`~GazeGenerator.rig`) and of
            :class:`GazeGenerator`.

    Batches have a column ``path`` (files), ``bytes`` (of picture files) or ``image`` (arrays), and may have
    one ``name``, what results are called, each once; else they are called as the file, without its suffix.
    They are not written to. What comes back is a table of Arrow's with the fields of :class:`Outcome`, one
    row a portrait. No portrait raises, but an engine that cannot be opened does.

    ::

        pictures = ray.data.read_binary_files("s3://bucket/portraits", include_paths=True)
        outcomes = pictures.map_batches(
            bulk.Generator,
            fn_constructor_args=("/shared/faces",),
            fn_constructor_kwargs={"grid": 12},
            batch_size=1,
            num_cpus=4,
            compute=ray.data.ActorPoolStrategy(size=8, max_tasks_in_flight_per_actor=1),
        )
        outcomes.write_parquet("/shared/outcomes")
    """

    def __init__(
        self,
        out: str | os.PathLike[str],
        *,
        only_rig: bool = False,
        engine: EngineName = "auto",
        device: str = "auto",
        models: str | os.PathLike[str] | None = None,
        threads: int | None = None,
        attempts: int = ATTEMPTS,
        force: bool = False,
        run: str | None = None,
        **options: Unpack[BulkOptions],
    ) -> None:
        self._only_rig, self._attempts, self._force = only_rig, attempts, force
        self._out = Path(os.path.abspath(out))
        self._options = check_options(only_rig, cast("dict[str, Any]", options))
        self._ledger = Ledger(self._out, run or _own_run(), "rig" if only_rig else "folder")
        for_engine = {name: value for name, value in options.items() if name in _ENGINE_OPTIONS}
        cpus, gpus = _declared()
        if device == "auto" and gpus is not None:
            device = "cuda" if gpus else "cpu"
        threads = threads or (None if cpus is None else max(1, int(cpus)))
        self._generator: GazeGenerator | None = None
        self._failure: Exception | None = None
        try:
            self._generator = GazeGenerator(engine, device, models, threads, **cast(Any, for_engine))
        except (GazeError, TypeError) as error:
            # Raised with the first batch: Ray would open it again and again, and keeps but its text.
            self._failure = error
            self._ledger.note_failure(error)
            return
        self._engine = "embedded" if only_rig and engine == "auto" else self._generator.engine
        #: What results follow from, the picture apart.
        kept = {name: value for name, value in options.items() if name not in _SILENT_OPTIONS}
        self._recipe = [__version__, only_rig, self._engine, sorted(kept.items())]

    def __call__(self, batch: Any) -> Any:
        """Makes the results of a batch."""
        if self._failure is not None:
            raise self._failure
        paths, data, images = (_column(batch, name) for name in ("path", "bytes", "image"))
        pictures = data if data is not None else images if images is not None else paths
        if pictures is None:
            raise InvalidOptionError("batches need a column 'path', 'bytes' or 'image'")
        names = _column(batch, "name")
        if names is None:
            if paths is None:
                raise InvalidOptionError("batches without a column 'path' need one 'name'")
            names = [PurePath(path).stem for path in paths]
        files = paths or [None] * len(pictures)
        rows = zip(names, files, pictures, strict=True)
        return table_of(self.make(name, picture, file) for name, file, picture in rows)

    def make(self, name: str, picture: Portrait, file: str | None = None) -> Outcome:
        """Makes the results of one portrait, unless they are there.

        Args:
            name: what they are called.
            picture: the portrait.
            file: where it comes from, for the report.
        """
        if self._generator is None:
            raise cast(Exception, self._failure)
        begun = time.monotonic()
        sha256, key, attempt = None, "", 0
        try:
            check_name(name)
            sha256 = _digest(picture)
            key = _key(self._recipe, sha256)
            record = self._ledger.record(name)
            if record is not None and self._is_done(record, key):
                return record.outcome
            if record is not None and not self._force and self._is_made(record, key):
                return _unchanged(record, file)
            attempt, last = self._ledger.begin(name, self._attempts)
            if attempt > self._attempts:
                attempt = self._attempts
                outcome = Outcome(name, "failed", error="ActorDied", message=_died(attempt, last))
                files: dict[str, int] = {}
            else:
                outcome, files = self._made(self._generator, name, picture)
        except Exception as error:  # Whatever it is, other portraits go on.
            message = str(error) or repr(error)
            outcome, files = Outcome(name, "failed", error=_kind(error), message=message), {}
        outcome = Outcome(
            **{
                **outcome.__dict__,
                "portrait": None if file is None else str(file),
                "attempts": attempt,
                "seconds": round(time.monotonic() - begun, 3),
                "sha256": sha256,
            }
        )
        try:
            self._ledger.end(name, outcome, key, files)
        except OSError as error:
            # The next run makes it again, which does no harm.
            print(f"gaze: what became of {name!r} cannot be noted down: {error}", file=sys.stderr)
        return outcome

    def _is_done(self, record: Record, key: str) -> bool:
        """Whether this run ended it already, and Ray repeats a batch that an actor had not given back."""
        if not self._ledger.is_of_this_run(record) or record.key != key:
            return False
        return record.outcome.status == "failed" or self._ledger.is_whole(record)

    def _is_made(self, record: Record, key: str) -> bool:
        return record.outcome.status == "made" and record.key == key and self._ledger.is_whole(record)

    def _made(self, generator: GazeGenerator, name: str, picture: Portrait) -> tuple[Outcome, dict[str, int]]:
        if self._only_rig:
            path = self._out / f"{name}.gaze"
            rig = generator.rig(picture, **self._options)
            if isinstance(picture, (str, os.PathLike)) and path.exists() and path.samefile(picture):
                raise OutputError(f"the rig would replace its portrait {path}: choose another name")
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, rig, self._ledger.folder)
            sizes = {path.name: len(rig)}
            warnings = rig.warnings
        else:
            path = self._out / name
            # What an earlier run made is replaced; other files in the folder are kept.
            result = generator.generate(picture, path, force=True, **self._options)
            sizes = {f"{path.name}/{file}": size for file, size in result.files.items()}
            warnings = result.warnings
        parent = PurePath(name).parent
        files = {(parent / file).as_posix(): size for file, size in sizes.items()}
        outcome = Outcome(
            name,
            "made",
            path=str(path),
            engine=self._engine,
            bytes=sum(files.values()),
            warnings=warnings,
        )
        return outcome, files


def check_options(only_rig: bool, options: dict[str, Any]) -> dict[str, Any]:
    """The options of each portrait, tried without one.

    Raises:
        InvalidOptionError: an option is out of its range.
        TypeError: an option of another name or type.
    """
    for_portraits = {name: value for name, value in options.items() if name not in _ENGINE_OPTIONS}
    generator = GazeGenerator("embedded")
    try:
        # Options are looked at before the picture is, which is none.
        if only_rig:
            generator.rig(b"", **cast(Any, for_portraits))
        else:
            generator.generate(b"", "", **cast(Any, for_portraits))
    except InvalidInputError:
        pass
    return for_portraits


def _declared() -> tuple[float | None, float | None]:
    """CPUs and GPUs that were declared for this actor; None where it is none."""
    ray = sys.modules.get("ray")
    if ray is None or not ray.is_initialized():
        return None, None
    context = ray.get_runtime_context()
    if context.get_actor_id() is None:
        return None, None
    declared = context.get_assigned_resources()
    return float(declared.get("CPU", 0)), float(declared.get("GPU", 0))


def _own_run() -> str:
    """A name that an actor keeps when Ray restarts it."""
    ray = sys.modules.get("ray")
    if ray is not None and ray.is_initialized():
        actor = ray.get_runtime_context().get_actor_id()
        if actor is not None:
            return str(actor)
    return uuid.uuid4().hex


def _column(batch: Any, name: str) -> list[Any] | None:
    """A column of a dict, of a table of Arrow's or of a data frame."""
    if name not in getattr(batch, "column_names", batch):
        return None
    column = batch[name]
    return list(column.to_pylist() if hasattr(column, "to_pylist") else column)


def _digest(picture: Portrait) -> str | None:
    """SHA-256 of what the picture is; None where gaze will say why it cannot be read."""
    digest = hashlib.sha256()
    if isinstance(picture, (str, os.PathLike)):
        try:
            if not stat.S_ISREG(os.stat(picture).st_mode):
                return None
            with open(picture, "rb") as file:
                while part := file.read(1 << 20):
                    digest.update(part)
        except OSError:
            return None
    elif isinstance(picture, (bytes, bytearray, memoryview)):
        digest.update(picture)
    else:
        import numpy as np

        array = np.ascontiguousarray(cast(Any, picture))
        digest.update(f"{array.shape} {array.dtype.str} ".encode())
        digest.update(array.data)
    return digest.hexdigest()


def _key(recipe: list[Any], sha256: str | None) -> str:
    """Hash of all that results follow from."""
    return hashlib.sha256(json.dumps([*recipe, sha256], default=str).encode()).hexdigest()


def _unchanged(record: Record, file: str | None) -> Outcome:
    changes = {"status": "unchanged", "attempts": 0, "seconds": 0.0}
    changes["portrait"] = record.outcome.portrait if file is None else str(file)
    return Outcome(**{**record.outcome.__dict__, **changes})


def _kind(error: Exception) -> str:
    return InputNotFoundError.__name__ if isinstance(error, FileNotFoundError) else type(error).__name__


def _died(attempts: int, last: str) -> str:
    times = {1: "once", 2: "twice"}.get(attempts, f"{attempts} times")
    return (
        f"the process that worked on it died {times}, the last time as {last}: try this portrait alone, "
        "for there may be too little memory for so many actors"
    )
