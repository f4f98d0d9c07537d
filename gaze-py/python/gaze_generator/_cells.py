"""Which widgets a notebook's cells show.

Those of a cell that has run again are closed: else each run would add one to the kernel, the page and the
saved notebook.
"""

from __future__ import annotations

import sys
from typing import Any
from weakref import WeakSet

#: Widgets by cell, each with the run of the cell that it belongs to.
_shown: dict[str, list[tuple[str, Any]]] = {}


def _current_run() -> tuple[str, str] | None:
    """The cell that runs, and which run of it, where the front end tells: JupyterLab, Notebook 7, VS Code."""
    shell = _shell()
    parent = shell.get_parent() if shell is not None and hasattr(shell, "get_parent") else None
    if not isinstance(parent, dict):
        return None
    cell = (parent.get("metadata") or {}).get("cellId")
    run = (parent.get("header") or {}).get("msg_id")
    return (cell, run) if isinstance(cell, str) and isinstance(run, str) else None


def _shell() -> Any:
    module = sys.modules.get("IPython")
    return module.get_ipython() if module is not None else None


#: Every widget that is open.
_open: WeakSet[Any] = WeakSet()


def opened(widget: Any) -> None:
    """Notes a widget, and lets go of those that the other side has closed, which ipywidgets would keep.

    So does marimo with those of a cell that runs again.
    """
    for former in list(_open):
        if former.comm is None or getattr(former.comm, "_closed", False):
            _open.discard(former)
            former.close()
    _open.add(widget)


def is_terminal() -> bool:
    """Whether this is IPython without a page that could show widgets."""
    return type(_shell()).__name__ == "TerminalInteractiveShell"


def shown_here(widget: Any) -> None:
    """Notes that the widget was made, or is shown, by the cell that runs."""
    here = _current_run()
    if here is None:
        return
    cell, run = here
    widgets = _shown.setdefault(cell, [])
    widgets[:] = [entry for entry in widgets if entry[1] is not widget]
    widgets.append((run, widget))
    events = _shell().events
    if _close_former not in events.callbacks.get("post_run_cell", ()):
        events.register("post_run_cell", _close_former)


def _close_former(_result: Any = None) -> None:
    """Closes what former runs of the cell that has run have shown, and no other cell shows."""
    here = _current_run()
    if here is None or here[0] not in _shown:
        return
    cell, run = here
    former = [widget for of_run, widget in _shown[cell] if of_run != run]
    _shown[cell] = [entry for entry in _shown[cell] if entry[0] == run]
    if not _shown[cell]:
        del _shown[cell]
    elsewhere = {id(widget) for widgets in _shown.values() for _, widget in widgets}
    for widget in former:
        if id(widget) not in elsewhere:
            widget.close()
