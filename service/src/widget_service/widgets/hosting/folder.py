"""Reading files of a repository for hosting: never outside of it, never through a symlink, never without a limit."""

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from widget_service.connectors.problems import Finding

MAX_FILES = 100
MAX_FOLDER_BYTES = 10 * 1024 * 1024
MAX_FILE_BYTES = 2 * 1024 * 1024
MAX_PICTURE_BYTES = 512 * 1024

TOO_MANY = "MAX_FILES_EXCEEDED"
TOO_LARGE = "MAX_SIZE_EXCEEDED"

_PRIVATE_NAMES = frozenset({".git", ".widget-service"})
_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


@dataclass(slots=True)
class Folder:
    """The files of a folder by path, with slashes; ``findings`` say which limits it breaks."""

    files: dict[str, bytes] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


def read_folder(folder: Path) -> Folder:
    """Read a folder as a whole. Symlinks and names that begin with a dot are skipped."""
    result, total = Folder(), 0
    for path in _paths(folder):
        if len(result.files) == MAX_FILES:
            message = f"holds more than {MAX_FILES} files"
            result.findings.append(Finding(code=TOO_MANY, message=message, expected="only what the widget needs"))
            break
        body = read_file(folder / path)
        if body is None:
            continue
        if len(body) > MAX_FILE_BYTES:
            result.findings.append(too_large(f"holds {path}, which", MAX_FILE_BYTES))
        total += len(body)
        if total > MAX_FOLDER_BYTES:
            result.findings.append(too_large("", MAX_FOLDER_BYTES))
            break
        result.files[path] = body
    return result


def find_folder(repo: Path, path: str) -> Path | None:
    """Return the folder at ``path``, or None where there is none that may be published."""
    return _find(repo, path, stat.S_ISDIR)


def find_file(repo: Path, path: str) -> Path | None:
    """Return the file at ``path``, or None where there is none that may be published."""
    return _find(repo, path, stat.S_ISREG)


def read_file(path: Path) -> bytes | None:
    """Return a file's bytes, at most one more than `MAX_FILE_BYTES`; None for what is no regular file."""
    try:
        descriptor = os.open(path, os.O_RDONLY | _NO_FOLLOW)
    except OSError:
        return None
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return None
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return file.read(MAX_FILE_BYTES + 1)
    finally:
        os.close(descriptor)


def too_large(subject: str, limit: int) -> Finding:
    """Return what is told of something larger than ``limit`` bytes."""
    size = f"{limit // 1024 // 1024} MB" if limit >= 1024 * 1024 else f"{limit // 1024} KB"
    return Finding(code=TOO_LARGE, message=f"{subject} is larger than {size}".strip(), expected=f"at most {size}")


def _find(repo: Path, path: str, is_wanted: Callable[[int], bool]) -> Path | None:
    """Return where ``path`` leads, step by step, if it is what is wanted: a symlink on the way leads nowhere."""
    current, parts = repo, [part for part in path.split("/") if part not in ("", ".")]
    try:
        for part in parts:
            current = current / part
            if not _is_public(part) or stat.S_ISLNK(current.lstat().st_mode):
                return None
        return current if is_wanted(current.stat().st_mode) else None
    except OSError:  # not there, not readable, or longer than a name can be
        return None


def _is_public(part: str) -> bool:
    """Disks may ignore the case of names, and some take a backslash for a slash."""
    return part != ".." and part.lower() not in _PRIVATE_NAMES and "\\" not in part and "\0" not in part


def _paths(folder: Path) -> Iterator[str]:
    """Yield the paths of what lies in ``folder``, with slashes, in an order that does not depend on the disk."""
    for where, folders, files in os.walk(folder, followlinks=False):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            path = Path(where, name).relative_to(folder).as_posix()
            if not name.startswith(".") and _is_utf8(path):
                yield path


def _is_utf8(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True
