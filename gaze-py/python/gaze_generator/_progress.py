"""The bar of ``progress=True``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._native import Progress


class ProgressBar:
    """Shows a run by tqdm, as a bar or a widget; without tqdm, a line for each stage."""

    def __init__(self) -> None:
        try:
            from tqdm.auto import tqdm
        except ImportError:
            self._bar: Any = None
        else:
            self._bar = tqdm(total=1, unit="", leave=False)
        self._stage = ""

    def __call__(self, progress: Progress) -> None:
        if self._bar is None:
            if progress.stage != self._stage:
                print(progress.stage, file=sys.stderr)
            self._stage = progress.stage
            return
        if progress.stage != self._stage:
            self._stage = progress.stage
            self._bar.reset(total=progress.total or None)
            self._bar.set_description(progress.stage)
        self._bar.n = progress.current
        self._bar.refresh()
        if progress.stage == "complete":
            self._bar.close()
