"""Status and headers of an answer, read line by line within bounds."""

import re
from functools import lru_cache

Pair = tuple[str, str]

MAX_HEADERS = 256
MAX_HEADER_BYTES = 128 * 1024
"""Over all the lines of an answer: interim answers (1xx) and trailers count too."""

_LINE_BREAKS = (b"\r\n", b"\n")
_STATUS_LINE = re.compile(rb"HTTP/(1\.[01]|2|3) ([0-9]{3})(?: .*)?\r?\n", re.DOTALL)
_NAME = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_OF_THE_CONNECTION = frozenset(
    {"connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade", "trailer"}
)

_WITHOUT_CONTENT = frozenset({204, 304})
_OF_A_CODING = frozenset({"content-encoding", "content-length"})

_ALIKE_EACH_TIME = frozenset(
    {
        "cache-control",
        "connection",
        "content-encoding",
        "content-length",
        "content-type",
        "date",
        "keep-alive",
        "server",
        "transfer-encoding",
        "vary",
    }
)
"""Headers that say the same in one answer after the other, and nothing that only one caller may know."""

_MAX_KNOWN_LINES = 1024
_MAX_KNOWN_LINE_BYTES = 256


class MalformedHead(Exception):
    """The lines are no head of an answer, or more than is read."""


class ResponseHead:
    """Collects header lines; `complete` once the head of a final answer (not 1xx) has come."""

    __slots__ = ("_count", "_lines", "_size", "_values", "complete", "headers", "is_framed", "status")

    def __init__(self) -> None:
        self.status = 0
        self.headers: list[Pair] = []
        self.complete = False
        self.is_framed = False
        """Whether the protocol itself marks the end of a body: from HTTP/2 on."""
        self._lines: list[bytes] = []
        self._values: dict[str, list[str]] = {}
        self._count = self._size = 0

    @property
    def has_begun(self) -> bool:
        """Whether anything has come, be it of an interim answer."""
        return self._count > 0

    def add(self, line: bytes) -> bool:
        """Take the next line with its line break; return whether the head is complete with it.

        Lines after the head are trailers: dropped. Raises `MalformedHead`.
        """
        self._size += len(line)
        self._count += 1
        if self._size > MAX_HEADER_BYTES or self._count > MAX_HEADERS:
            raise MalformedHead(f"more than {MAX_HEADERS} header lines, or {MAX_HEADER_BYTES} bytes of them")
        if self.complete:
            return False
        if line in _LINE_BREAKS:
            self._end()
            return self.complete
        self._lines.append(line)
        return False

    def values(self, name: str) -> list[str]:
        """Return the values of every header of a (lowercase) name."""
        return self._values.get(name, [])

    @property
    def codings(self) -> list[str]:
        """The content codings of the body in lowercase, in the order in which they were applied (RFC 9110 §8.4)."""
        values = self._values.get("content-encoding")
        if values is None:
            return []
        names = [name.strip().lower() for value in values for name in value.split(",")]
        return [name for name in names if name not in ("", "identity")]

    @property
    def is_delimited(self) -> bool:
        """Whether the end of the body can be told from a connection that broke off (RFC 9112 §6.3)."""
        if self.is_framed or self.status in _WITHOUT_CONTENT:
            return True
        return bool(self.values("content-length") or self.values("transfer-encoding"))

    def passed_on(self, *, decoded: bool) -> list[Pair]:
        """Return the headers without those of the connection, and of a ``decoded`` body without its coding."""
        dropped = _dropped(tuple(self.values("connection")), decoded and "content-encoding" in self._values)
        if dropped.isdisjoint(self._values):
            return list(self.headers)
        return [header for header in self.headers if header[0].lower() not in dropped]

    def set_fields(self, headers: list[Pair]) -> None:
        """Take the headers of a final answer: the head is complete then."""
        self.headers, self.complete = headers, True
        for name, value in headers:
            self._values.setdefault(name.lower(), []).append(value)

    def _end(self) -> None:
        lines, self._lines = self._lines, []
        self.status, self.is_framed = _status(lines[0] if lines else b"")
        if self.status < 200:
            return
        self.set_fields([_field(line) for line in lines[1:]])


@lru_cache(maxsize=256)
def _dropped(connection: tuple[str, ...], is_decoded: bool) -> frozenset[str]:
    """Return what is not passed on, the options of ``Connection`` among it (RFC 9110 §7.6.1)."""
    listed = {name.strip().lower() for value in connection for name in value.split(",")}
    return _OF_THE_CONNECTION | listed | (_OF_A_CODING if is_decoded else set())


@lru_cache(maxsize=64)
def _status(line: bytes) -> tuple[int, bool]:
    """Return the status, and whether the version of the protocol frames bodies."""
    match = _STATUS_LINE.fullmatch(line)
    if match is None:
        raise MalformedHead("no status line")
    status = int(match[2])
    if status < 100 or status == 101:
        raise MalformedHead(f"the status {status}, which nothing asked for")
    return status, not match[1].startswith(b"1.")


_known: dict[bytes, Pair] = {}


def _field(line: bytes) -> Pair:
    pair = _known.get(line)
    if pair is None:
        pair = _read_field(line)
        if len(line) <= _MAX_KNOWN_LINE_BYTES and pair[0].lower() in _ALIKE_EACH_TIME:
            if len(_known) >= _MAX_KNOWN_LINES:
                _known.clear()
            _known[line] = pair
    return pair


def _read_field(line: bytes) -> Pair:
    name, colon, value = line.partition(b":")
    if not colon or not line.endswith(b"\n"):
        raise MalformedHead("a header line that is none")
    text = _decoded(value.strip(b" \t\r\n"))
    if not text.isprintable() and _CONTROL.search(text):
        raise MalformedHead("a header with a control character")
    return _name(name), text


@lru_cache(maxsize=1024)
def _name(raw: bytes) -> str:
    if not _NAME.fullmatch(raw):
        raise MalformedHead("a header whose name is no token")
    return raw.decode("ascii")


def _decoded(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")
