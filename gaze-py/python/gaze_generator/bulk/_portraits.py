"""Which portraits there are, and what their results are called."""

from __future__ import annotations

import glob
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePath

from .._errors import InputNotFoundError, InvalidInputError, InvalidOptionError
from ._ledger import FOLDER

AnyPath = str | os.PathLike[str]
#: A folder, a pattern, a file, a list of files, or names of results with their files.
Portraits = AnyPath | Iterable[AnyPath] | Mapping[str, AnyPath]

#: Suffixes of the pictures in folders.
SUFFIXES = frozenset({".bmp", ".gif", ".jfif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"})


def find_portraits(portraits: Portraits, out: Path) -> dict[str, str]:
    """Names of results, and the absolute paths of their portraits.

    Raises:
        InputNotFoundError: a folder, or a file that was given alone, is not there.
        InvalidInputError: a folder or a pattern that has no portraits.
        InvalidOptionError: names that cannot be used; two results of one name.
    """
    if isinstance(portraits, Mapping):
        for name in portraits:
            check_name(name)
        return {name: os.path.abspath(path) for name, path in portraits.items()}
    if isinstance(portraits, (str, os.PathLike)):
        return _named(_of_path(os.fspath(portraits), out))
    # The same file twice is one portrait.
    files = dict.fromkeys(os.path.abspath(path) for path in portraits)
    return _named([(PurePath(file).name, file) for file in files])


def check_name(name: str) -> None:
    """Refuses names that lead out of the folder of results.

    Raises:
        InvalidOptionError: it does.
    """
    separators = f"{os.sep}{os.altsep or '/'}"
    parts = re.split(f"[{re.escape(separators)}]", name) if isinstance(name, str) else [""]
    if any(part in ("", ".", "..", FOLDER) or "\0" in part or os.path.splitdrive(part)[0] for part in parts):
        raise InvalidOptionError(
            f"results cannot be called {name!r}: use a name, or folders and a name, such as 'team/ada'"
        )


def _of_path(path: str, out: Path) -> list[tuple[str, str]]:
    """Relative and absolute path of each portrait."""
    root = os.path.abspath(path)
    if os.path.isdir(root):
        found = _of_folder(root, out)
        if not found:
            raise InvalidInputError(f"there are no pictures in {path!r}, nor in folders in it")
        return found
    if os.path.exists(root):
        return [(PurePath(root).name, root)]
    if not glob.has_magic(path):
        raise InputNotFoundError(f"there is no {path!r}: name a folder, a pattern or a list of files")
    fixed = PurePath(*_fixed_parts(PurePath(root)))
    files = sorted(file for file in glob.glob(root, recursive=True) if os.path.isfile(file))
    found = [(str(PurePath(file).relative_to(fixed)), file) for file in files if not _is_in(file, out)]
    if not found:
        raise InvalidInputError(f"no file fits {path!r}")
    return found


def _of_folder(root: str, out: Path) -> list[tuple[str, str]]:
    if os.path.realpath(root) == os.path.realpath(out):
        raise InvalidOptionError(f"results cannot go among the portraits in {root!r}: choose another folder")
    found = []
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".") and not _is_in(os.path.join(folder, name), out)
        )
        for name in sorted(files):
            file = os.path.join(folder, name)
            if PurePath(name).suffix.lower() in SUFFIXES and not name.startswith("."):
                found.append((os.path.relpath(file, root), file))
    return found


def _is_in(path: str, folder: Path) -> bool:
    """Whether it is the folder of results, or in it."""
    return Path(os.path.realpath(folder)) in (real := Path(os.path.realpath(path)), *real.parents)


def _fixed_parts(pattern: PurePath) -> Iterator[str]:
    """Parts of a pattern before the first with a wildcard, its last part apart."""
    for part in pattern.parts[:-1]:
        if glob.has_magic(part):
            return
        yield part


def _named(found: list[tuple[str, str]]) -> dict[str, str]:
    """Results are called as their portraits, without the suffix; with it where another has the same name."""
    stems = [PurePath(relative).with_suffix("").as_posix() for relative, _ in found]
    # Some file systems do not tell capitals apart. A name that is also a folder of results would be within
    # others.
    uses = Counter(stem.casefold() for stem in stems)
    folders = {parent.as_posix().casefold() for stem in stems for parent in PurePath(stem).parents}
    named: dict[str, str] = {}
    taken: dict[str, str] = {}
    for stem, (relative, file) in zip(stems, found, strict=True):
        is_ambiguous = uses[stem.casefold()] > 1 or stem.casefold() in folders
        name = PurePath(relative).as_posix() if is_ambiguous else stem
        check_name(name)
        other = taken.setdefault(name.casefold(), file)
        if other != file:
            raise InvalidOptionError(
                f"{other!r} and {file!r} would have results of the same name: give names, as in "
                "{'ada': 'a/portrait.png', 'max': 'b/portrait.png'}"
            )
        named[name] = file
    return named
