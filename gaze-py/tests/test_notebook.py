"""What notebooks are told of results: live faces, pictures, sizes, and what is left where something lacks."""

from __future__ import annotations

import base64
import builtins
import gzip
import io
import json
import subprocess
import sys
import types
from pathlib import Path
from typing import Any

import anywidget
import nbformat
import pytest
from nbclient import NotebookClient
from PIL import Image

from gaze_generator import GazeGenerator, InvalidOptionError, Result, Rig, _cells, _notebook, _widget
from gaze_generator._widget import FaceWidget

ASTRONAUT = Path(__file__).parents[2] / "examples" / "astronaut.png"
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
#: What a saved notebook may grow by for each face.
SAVED_BYTES = 200_000


@pytest.fixture(scope="session")
def generator() -> GazeGenerator:
    return GazeGenerator("embedded")


@pytest.fixture(scope="session")
def rig(generator: GazeGenerator) -> Rig:
    return generator.rig(ASTRONAUT, max_size=256)


@pytest.fixture(scope="session")
def result(generator: GazeGenerator, tmp_path_factory: pytest.TempPathFactory) -> Result:
    return generator.generate(ASTRONAUT, tmp_path_factory.mktemp("face"), grid=4, max_size=256)


@pytest.fixture(scope="session")
def frames(generator: GazeGenerator, tmp_path_factory: pytest.TempPathFactory) -> Result:
    folder = tmp_path_factory.mktemp("frames")
    return generator.generate(ASTRONAUT, folder, grid=4, max_size=256, rig=False)


def without(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """Lets the import of these packages fail, and forgets that the widget's module was imported."""
    real = builtins.__import__

    def refuse(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.split(".")[0] in names:
            raise ImportError(f"No module named {name!r}")
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", refuse)
    monkeypatch.delitem(sys.modules, "gaze_generator._widget")
    monkeypatch.delattr("gaze_generator._widget")


def picture_of(data: dict[str, Any], kind: str = "image/jpeg") -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(data[kind])))


def bytes_of(text: str) -> bytes:
    return base64.b85decode(text.translate(str.maketrans(".,:/", "<&>`")))


def test_a_rig_is_shown_alive_with_a_picture_behind_it(rig: Rig) -> None:
    data, _ = rig._repr_mimebundle_(include=None, exclude=None)
    assert data[WIDGET_VIEW]["model_id"]
    picture = picture_of(data)
    # Three poses side by side.
    assert picture.size[0] == 3 * picture.size[1]
    assert data["text/plain"] == f"<Rig: {len(rig)} bytes>"


def test_a_result_is_shown_alive_with_its_overview_behind_it(result: Result) -> None:
    data, _ = result._repr_mimebundle_()
    assert data[WIDGET_VIEW]["model_id"]
    sheet = result.contact_sheet()
    picture = picture_of(data)
    assert abs(picture.width / picture.height - sheet.width / sheet.height) < 0.02
    small = sheet.convert("RGB").resize(picture.size)
    off = [abs(a - b) for a, b in zip(small.tobytes(), picture.tobytes(), strict=True)]
    assert sum(off) / len(off) < 12
    assert str(result.path) in data["text/plain"]


def test_the_state_has_the_rig_and_what_plays_it(rig: Rig) -> None:
    state = rig.widget().get_state()
    assert bytes_of(state["_rig"]) == rig
    player = gzip.decompress(bytes_of(state["_player"])).decode()
    assert "GazeTracker" in player
    # Nothing that a page without an origin could not have.
    assert "export default" in state["_esm"]
    assert "://" not in state["_esm"]
    assert state["_picture"] == ""


def test_bytes_are_written_as_the_page_reads_them() -> None:
    # gaze-wasm/test/notebook.test.ts has the same.
    assert _widget._text(bytes(range(256)))[:20] == "009C61O)~M2nh-c3=Iws"
    for length in range(9):
        text = _widget._text(b"\xff" * length)
        assert bytes_of(text) == b"\xff" * length
    assert not set("<&>\"'\\`") & set(_widget._text(bytes(range(256)) * 40))


def test_frames_are_sent_on_demand_and_not_saved(frames: Result, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_widget, "_PIECE_BYTES", 10_000)
    widget = frames.widget()
    state = widget.get_state()
    assert state["_rig"] == state["_player"] == ""
    assert state["_picture"].startswith("data:image/jpeg;base64,")
    sent: list[tuple[Any, Any]] = []
    monkeypatch.setattr(widget, "send", lambda content, buffers: sent.append((content, buffers)))

    def received(file: str) -> bytes:
        sent.clear()
        widget._handle_custom_msg({"file": file, "part": 0}, [])
        for part in range(1, sent[0][0]["parts"]):
            widget._handle_custom_msg({"file": file, "part": part}, [])
        assert [content["part"] for content, _ in sent] == list(range(sent[0][0]["parts"]))
        assert len(sent) > 1
        return b"".join(bytes(buffers[0]) for _, buffers in sent)

    assert received("face") == (frames.path / "frames.gaze").read_bytes()
    assert b"GazeTracker" in gzip.decompress(received("player"))
    sent.clear()
    for nonsense in (
        {"file": "/etc/passwd", "part": 0},
        {"file": "face", "part": -1},
        {"file": []},
        "face",
        None,
    ):
        widget._handle_custom_msg(nonsense, [])
    assert sent == []


def test_a_rig_that_is_too_large_is_not_saved(rig: Rig) -> None:
    large = Rig(bytes(rig) + bytes(120_000))
    widget = _widget.show(large, is_rig=True, picture=("image/jpeg", bytes(20_000)))
    assert widget.get_state()["_rig"] == ""
    assert widget._files["face"] == large
    assert len(json.dumps(widget.get_state())) < SAVED_BYTES / 2


@pytest.mark.parametrize("max_size", [512, 1024])
def test_a_saved_notebook_grows_by_at_most_200_kb(tmp_path: Path, max_size: int) -> None:
    """What a run of the notebook leaves in its file: outputs, and the state of the widgets."""
    source = [
        "from gaze_generator import GazeGenerator\ngenerator = GazeGenerator('embedded')",
        f"generator.generate({str(ASTRONAUT)!r}, 'face', grid=4, max_size={max_size})",
        f"generator.rig({str(ASTRONAUT)!r}, max_size={max_size})",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in source])
    empty = len(nbformat.writes(notebook).encode())
    NotebookClient(
        notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
    ).execute()
    for cell in notebook.cells[1:]:
        (output,) = cell.outputs
        assert {WIDGET_VIEW, "image/jpeg", "text/plain"} <= set(output.data)
    states = notebook.metadata.widgets["application/vnd.jupyter.widget-state+json"]["state"]
    assert sum(bool(model["state"].get("_rig")) for model in states.values()) == 2
    assert len(nbformat.writes(notebook).encode()) - empty <= 2 * SAVED_BYTES


def test_without_anywidget_there_is_a_picture(
    result: Result, rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    without(monkeypatch, "anywidget")
    for shown in (result, rig):
        data, _ = shown._repr_mimebundle_()
        assert set(data) == {"image/jpeg", "text/plain"}
        with pytest.raises(ImportError, match=r"pip install 'gaze-generator\[notebook\]'"):
            shown.widget()
        assert shown._display_()._repr_jpeg_()[:2] == b"\xff\xd8"


def test_without_pillow_a_rig_has_a_small_picture(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    without(monkeypatch, "PIL")
    data, _ = rig._repr_mimebundle_()
    monkeypatch.undo()
    assert len(data["image/png"]) <= 80_000
    picture = picture_of(data, "image/png")
    assert picture.mode == "RGB"
    expected = Image.fromarray(_notebook.open_rig(bytes(rig)).render(size=max(picture.size)))
    assert picture.tobytes() == expected.tobytes()


def test_without_pillow_a_result_has_its_overview_only_if_small(
    result: Result, monkeypatch: pytest.MonkeyPatch
) -> None:
    without(monkeypatch, "PIL")
    data, _ = result._repr_mimebundle_()
    assert WIDGET_VIEW in data
    assert "image/png" not in data or len(data["image/png"]) <= 80_000


def test_a_transparent_rig_has_a_picture_on_white(generator: GazeGenerator) -> None:
    rig = generator.rig(ASTRONAUT, max_size=256, remove_background=True)
    data, _ = rig._repr_mimebundle_()
    pixel = picture_of(data).convert("RGB").getpixel((2, 2))
    assert isinstance(pixel, tuple)
    assert min(pixel) > 240


def test_a_result_whose_folder_is_gone_is_text(result: Result, tmp_path: Path) -> None:
    gone = Result(tmp_path / "gone", result.manifest, result.files, [], result.timings, 0, "embedded")
    assert set(gone._repr_mimebundle_()) == {"text/plain"}
    with pytest.raises(FileNotFoundError):
        gone.widget()


def test_options_are_traits(rig: Rig) -> None:
    widget = rig.widget(
        width=300,
        height="50%",
        label="A face",
        idle=True,
        blink=True,
        caption="Moved",
        smoothing=1,
        controls=True,
        css="margin: 0",
    )
    state = widget.get_state()
    given = {"width": "300px", "height": "50%", "label": "A face", "idle": True, "controls": True}
    given |= {"blink": True, "caption": "Moved"}
    assert {name: state[name] for name in given} == given
    assert (state["smoothing"], state["css"]) == (1, "margin: 0")
    assert rig.widget().label == "Portrait that follows the pointer"
    for wrong in (
        {"width": -1},
        {"width": True},
        {"height": float("nan")},
        {"smoothing": 0},
        {"smoothing": 2},
    ):
        with pytest.raises(InvalidOptionError):
            rig.widget(**wrong)
    with pytest.raises(TypeError):
        rig.widget(colour="red")


def test_marimo_shows_the_widget(rig: Rig, result: Result) -> None:
    assert isinstance(rig._display_(), FaceWidget)
    assert isinstance(result._display_(), anywidget.AnyWidget)


class Shell:
    """Stands for a notebook's IPython: which cell runs, and which run of it."""

    def __init__(self) -> None:
        self.runs = 0
        self.parent: dict[str, Any] = {}
        self.events = self
        self.callbacks: dict[str, list[Any]] = {}

    def get_parent(self) -> dict[str, Any]:
        return self.parent

    def register(self, event: str, callback: Any) -> None:
        self.callbacks.setdefault(event, []).append(callback)

    def run(self, cell: str | None, code: Any) -> Any:
        self.runs += 1
        self.parent = {
            "header": {"msg_id": str(self.runs)},
            "metadata": {"cellId": cell} if cell else {},
        }
        value = code()
        for callback in self.callbacks.get("post_run_cell", []):
            callback(None)
        return value


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch) -> Shell:
    shell = Shell()
    monkeypatch.setitem(sys.modules, "IPython", types.SimpleNamespace(get_ipython=lambda: shell))  # type: ignore[arg-type]
    monkeypatch.setattr(_cells, "_shown", {})
    return shell


def open_widgets() -> int:
    return len(_instances())


def _instances() -> dict[str, Any]:
    from ipywidgets.widgets import widget

    return dict(widget._instances)


def test_thirty_re_runs_leave_one_widget(shell: Shell, rig: Rig) -> None:
    before = open_widgets()
    for _ in range(30):
        shell.run("cell", rig._repr_mimebundle_)
    # The face, and its layout.
    assert open_widgets() == before + 2
    assert len(shell.callbacks["post_run_cell"]) == 1
    shell.run("cell", lambda: None)
    assert open_widgets() == before
    assert _cells._shown == {}


def test_a_widget_that_another_cell_shows_stays(shell: Shell, rig: Rig) -> None:
    widget = shell.run("one", rig.widget)
    shell.run("two", widget._repr_mimebundle_)
    shell.run("one", lambda: None)
    assert widget.comm is not None
    shell.run("two", lambda: None)
    assert widget.comm is None
    # Shown again, it lives again.
    data, _ = shell.run("three", widget._repr_mimebundle_)
    assert data[WIDGET_VIEW]["model_id"] == widget.model_id in _instances()
    assert widget.layout.model_id in _instances()
    shell.run("three", widget._repr_mimebundle_)
    assert widget.comm is not None


def test_what_the_other_side_has_closed_is_let_go(rig: Rig) -> None:
    """As marimo does with the widgets of a cell that runs again."""
    before = open_widgets()
    for _ in range(30):
        last = rig.widget()
        last.comm._closed = True
    assert open_widgets() <= before + 2
    last.close()


def test_front_ends_that_name_no_cell_lose_nothing(shell: Shell, rig: Rig) -> None:
    widgets = [shell.run(None, rig.widget) for _ in range(2)]
    assert all(widget.comm is not None for widget in widgets)
    for widget in widgets:
        widget.close()


def test_a_terminal_makes_no_widget(rig: Rig) -> None:
    code = (
        "import sys; from IPython.terminal.interactiveshell import TerminalInteractiveShell as Shell\n"
        "shell = Shell.instance(); from gaze_generator import Rig\n"
        "data, _ = shell.display_formatter.format(Rig(sys.stdin.buffer.read()))\n"
        "print(sorted(data), 'anywidget' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], input=bytes(rig), capture_output=True, check=True)
    assert run.stdout.decode().split("\n")[0] == "['text/plain'] False"
