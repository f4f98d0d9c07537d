# The module that is compiled from gaze-py/src, where each method says what it does.
import os
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import Any, Literal, final

from typing_extensions import Self, Unpack

from ._result import Faces, Result, Rig, Warning
from .types import (
    EngineName,
    FloatPrecision,
    Frame,
    GenerateOptions,
    Landmarks,
    Portrait,
    PortraitOptions,
    RigOptions,
    Stage,
    SweepOptions,
)

# PyO3 lists what the module has, and stubtest compares: private names too.
__all__ = [
    "GazeGenerator",
    "Pose",
    "PreparedPortrait",
    "Progress",
    "Sweep",
    "__version__",
    "end_sweeps",
    "open_rig",
    "player_source",
    "run_command",
]

__version__: str

@final
class GazeGenerator:
    def __new__(
        cls,
        engine: EngineName = "auto",
        device: str = "auto",
        models: str | os.PathLike[str] | None = None,
        threads: int | None = None,
        *,
        landmarks: Landmarks = "embedded",
        batch: int | None = None,
        onnxruntime: str | os.PathLike[str] | None = None,
        precision: FloatPrecision = "auto",
        tf32: bool = False,
        cuda_graph: bool = False,
    ) -> Self: ...
    def generate(
        self,
        portrait: Portrait,
        out: str | os.PathLike[str],
        *,
        progress: Callable[[Progress], object] | bool | None = None,
        **options: Unpack[GenerateOptions],
    ) -> Result: ...
    def sweep(
        self,
        portrait: Portrait,
        *,
        progress: Callable[[Progress], object] | bool | None = None,
        **options: Unpack[SweepOptions],
    ) -> Sweep: ...
    def prepare(
        self,
        portrait: Portrait,
        *,
        progress: Callable[[Progress], object] | bool | None = None,
        **options: Unpack[PortraitOptions],
    ) -> PreparedPortrait: ...
    def rig(self, portrait: Portrait, **options: Unpack[RigOptions]) -> Rig: ...
    def faces(self, portrait: Portrait, *, max_size: int | None = None) -> Faces: ...
    @property
    def engine(self) -> Literal["embedded", "liveportrait"]: ...
    @property
    def description(self) -> str: ...
    def __reduce__(self) -> tuple[Callable[[], GazeGenerator], tuple[()]]: ...

@final
class Pose:
    def __new__(
        cls,
        pupil_x: float = 0.0,
        pupil_y: float = 0.0,
        head_pitch_deg: float = 0.0,
        head_yaw_deg: float = 0.0,
        eyebrow: float = 0.0,
        blink: float | tuple[float, float] = 0.0,
    ) -> Self: ...
    @staticmethod
    def looking_at(x: float, y: float) -> Pose: ...
    @property
    def pupil_x(self) -> float: ...
    @property
    def pupil_y(self) -> float: ...
    @property
    def head_pitch_deg(self) -> float: ...
    @property
    def head_yaw_deg(self) -> float: ...
    @property
    def eyebrow(self) -> float: ...
    @property
    def blink(self) -> tuple[float, float]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __reduce__(
        self,
    ) -> tuple[type[Pose], tuple[float, float, float, float, float, tuple[float, float]]]: ...

@final
class PreparedPortrait:
    def render(self, pose: Pose | None = None, *, size: int | tuple[int, int] | None = None) -> Frame: ...
    def rig(self, *, quality: int | None = None) -> Rig: ...
    @property
    def frame_size(self) -> tuple[int, int]: ...
    @property
    def has_alpha(self) -> bool: ...
    @property
    def crop(self) -> dict[str, int] | None: ...
    @property
    def warnings(self) -> list[Warning]: ...

@final
class Progress:
    @property
    def stage(self) -> Stage: ...
    @property
    def current(self) -> int: ...
    @property
    def total(self) -> int: ...
    @property
    def started(self) -> str | None: ...
    @property
    def finished(self) -> str | None: ...

@final
class Sweep(Iterator[tuple[int, int, Frame]]):
    def __iter__(self) -> Self: ...
    def __next__(self) -> tuple[int, int, Frame]: ...
    def __len__(self) -> int: ...
    def close(self) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        exc_type: type[BaseException] | None = ...,
        exc: BaseException | None = ...,
        traceback: TracebackType | None = ...,
        /,
    ) -> None: ...
    @property
    def frame_size(self) -> tuple[int, int]: ...
    @property
    def has_alpha(self) -> bool: ...

def open_rig(file: str | os.PathLike[str] | bytes | bytearray | memoryview) -> PreparedPortrait: ...
def end_sweeps() -> None: ...
def player_source() -> str: ...
def run_command(arguments: Sequence[str | bytes | os.PathLike[Any]]) -> int: ...
