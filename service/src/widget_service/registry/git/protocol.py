"""The smart HTTP protocol of git, as much of it as fetches one commit (gitprotocol-http, gitprotocol-pack). No I/O."""

import re
from collections.abc import Iterator
from typing import Final

MEDIA_TYPE: Final = "application/x-git-upload-pack-{}"
ADVERTISEMENT: Final = MEDIA_TYPE.format("advertisement")
REQUEST: Final = MEDIA_TYPE.format("request")
RESULT: Final = MEDIA_TYPE.format("result")

_COMMIT: Final = re.compile(rb"[0-9a-f]{40}")
_FLUSH: Final = b"0000"


class NoGit(Exception):
    """What came is not what a git server answers; the message says what it is."""


def advertised_commit(answer: bytes, branch: str) -> str | None:
    """Return the commit that a branch is at by an answer to ``info/refs``, None where there is no such branch.

    Raises `NoGit`, also for a repository whose commits have other hashes than SHA-1.
    """
    wanted = b"refs/heads/" + branch.encode()
    for line in _lines(answer):
        commit, _, rest = line.partition(b" ")
        name, _, abilities = rest.rstrip(b"\n").partition(b"\0")
        if b"object-format=sha256" in abilities:
            raise NoGit("the repository has SHA-256 commits, which cannot be read")
        if name == wanted and _COMMIT.fullmatch(commit):
            return commit.decode()
    return None


def fetch_request(commit: str) -> bytes:
    """Return the body that asks for one commit with all its files, and nothing before it."""
    wanted = _line(f"want {commit} shallow ofs-delta no-progress agent=widget-service\n")
    return wanted + _line("deepen 1\n") + _FLUSH + _line("done\n")


def pack_of(answer: bytes) -> bytes:
    """Return the pack in an answer to `fetch_request`; raise `NoGit`, which says what the server said instead."""
    position = 0
    while position < len(answer):
        if answer.startswith(b"PACK", position):
            return answer[position:]
        line, position = _line_at(answer, position)
        if line.startswith(b"ERR "):
            raise NoGit(f"the server says: {_printable(line[4:])}")
    raise NoGit("the answer holds no files")


def _lines(answer: bytes) -> Iterator[bytes]:
    if not answer.startswith(b"001e# service=git-upload-pack\n"):
        raise NoGit("the answer is not one of a git server; check the URL")
    position = 0
    while position < len(answer):
        line, position = _line_at(answer, position)
        if line.startswith(b"ERR "):
            raise NoGit(f"the server says: {_printable(line[4:])}")
        yield line


def _line_at(answer: bytes, position: int) -> tuple[bytes, int]:
    try:
        length = int(answer[position : position + 4].decode("ascii"), 16)
    except ValueError:
        raise NoGit("the answer is not one of a git server") from None
    end = position + max(length, 4)
    if length in (1, 2, 3) or end > len(answer):
        raise NoGit("the answer is not one of a git server, or is cut off")
    return answer[position + 4 : end], end


def _line(text: str) -> bytes:
    return f"{len(text) + 4:04x}{text}".encode()


def _printable(raw: bytes) -> str:
    text = raw.decode("utf-8", "replace").strip()[:200]
    return "".join(character if character.isprintable() else " " for character in text)
