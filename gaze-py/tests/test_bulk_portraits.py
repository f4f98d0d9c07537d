"""Which portraits a run finds, and what it calls their results. Needs no Ray."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gaze_generator import InputNotFoundError, InvalidInputError, InvalidOptionError
from gaze_generator.bulk._portraits import find_portraits


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A folder of files that are called as pictures are."""
    for name in ("ada.png", "team/max.JPG", "team/eva.webp", "notes.txt", ".hidden.png", ".git/old.png"):
        file = tmp_path / "in" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    return tmp_path / "in"


def names(portraits: object, out: Path) -> list[str]:
    return list(find_portraits(portraits, out))  # type: ignore[arg-type]


def test_a_folder_gives_its_pictures_and_those_below(pictures: Path) -> None:
    found = find_portraits(pictures, pictures.parent / "out")
    assert found == {
        "ada": str(pictures / "ada.png"),
        "team/eva": str(pictures / "team/eva.webp"),
        "team/max": str(pictures / "team/max.JPG"),
    }


def test_results_below_the_portraits_are_no_portraits(pictures: Path) -> None:
    (pictures / "faces/ada").mkdir(parents=True)
    (pictures / "faces/ada/contact.png").touch()
    assert names(pictures, pictures / "faces") == ["ada", "team/eva", "team/max"]
    assert "faces/ada/contact" in names(pictures, pictures / "elsewhere")
    assert not any("faces" in name for name in names(str(pictures / "**/*.png"), pictures / "faces"))


def test_results_do_not_go_among_the_portraits(pictures: Path) -> None:
    (pictures.parent / "link").symlink_to(pictures)
    for out in (pictures, pictures / "team/..", pictures.parent / "link"):
        with pytest.raises(InvalidOptionError, match="choose another folder"):
            find_portraits(pictures, out)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*.png", ["ada"]),
        ("*/*", ["team/eva", "team/max"]),
        ("team/m*", ["max"]),
        ("**/*.*[gG]", ["ada", "team/max"]),
    ],
)
def test_a_pattern_names_results_from_its_first_wildcard_on(
    pictures: Path, pattern: str, expected: list[str]
) -> None:
    assert sorted(names(str(pictures / pattern), pictures.parent / "out")) == expected


def test_brackets_in_the_name_of_a_file_are_no_pattern(pictures: Path) -> None:
    (pictures / "ada [1].png").touch()
    assert names(pictures / "ada [1].png", pictures / "out") == ["ada [1]"]


def test_a_list_keeps_its_order_and_a_file_given_twice_is_one(
    pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(pictures)
    found = find_portraits(["team/max.JPG", Path("ada.png"), "./ada.png", "gone.png"], Path("out"))
    # One that is not there is for the report: it ends nothing.
    assert list(found) == ["max", "ada", "gone"]
    assert all(os.path.isabs(path) for path in found.values())


def test_names_are_given_with_a_dict(pictures: Path) -> None:
    found = find_portraits({"staff/ada": pictures / "ada.png"}, pictures / "out")
    assert found == {"staff/ada": str(pictures / "ada.png")}


def test_where_two_would_have_one_name_they_keep_their_suffixes(pictures: Path) -> None:
    (pictures / "ada.jpg").touch()
    assert names(pictures, pictures / "out") == ["ada.jpg", "ada.png", "team/eva", "team/max"]


def test_no_results_are_within_those_of_another(pictures: Path) -> None:
    (pictures / "team.png").touch()
    assert names(pictures, pictures / "out") == ["ada", "team.png", "team/eva", "team/max"]


def test_names_that_differ_in_nothing_are_refused(pictures: Path) -> None:
    (pictures / "ADA.png").touch()
    if len(list(pictures.glob("*.png"))) < 3:
        pytest.skip("this file system does not tell capitals apart")
    with pytest.raises(InvalidOptionError, match="give names"):
        find_portraits(pictures, pictures / "out")
    with pytest.raises(InvalidOptionError, match="give names"):
        find_portraits(["a/front.png", "b/front.png"], pictures / "out")


@pytest.mark.parametrize("name", ["", ".", "..", "../ada", "a/../../b", "/ada", "a//b", ".gaze-bulk", "a\0b"])
def test_names_do_not_lead_out_of_the_results(name: str, pictures: Path) -> None:
    with pytest.raises(InvalidOptionError, match="results cannot be called"):
        find_portraits({name: pictures / "ada.png"}, pictures / "out")


def test_that_there_is_nothing_is_said(pictures: Path) -> None:
    (pictures / "empty").mkdir()
    with pytest.raises(InvalidInputError, match="no pictures"):
        find_portraits(pictures / "empty", pictures / "out")
    with pytest.raises(InvalidInputError, match="no file fits"):
        find_portraits(str(pictures / "*.tiff"), pictures / "out")
    with pytest.raises(InputNotFoundError, match="there is no"):
        find_portraits(pictures / "gone", pictures / "out")
    assert find_portraits([], pictures / "out") == {}
