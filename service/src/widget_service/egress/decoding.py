"""The content codings gzip and deflate, taken off a body a bounded step at a time."""

import zlib

ACCEPTED = "gzip, deflate"
"""What destinations are asked for (RFC 9110 §12.5.3)."""

STEP_BYTES = 64 * 1024
"""The most that a step brings, however much the body unpacks to."""

_GZIP, _DEFLATE = frozenset({"gzip", "x-gzip"}), "deflate"  # RFC 9110 §8.4.1
_GZIP_OR_ZLIB, _GZIP_ALONE, _ZLIB, _RAW = 47, 31, 15, -15  # zlib's names for formats: "wbits"


class NotDecoded(Exception):
    """The body is not in the coding that its header names, or in one that is not taken off."""


class Decoder:
    """Takes one coding off; another, or more than one, is refused when a body comes.

    A delivery is given to `offer`, then `step` is called until the decoder `is_idle`. One that is left before that is
    given again, from its beginning, alone or with what follows it: what was used of it is passed over.
    """

    def __init__(self, codings: list[str]) -> None:
        self._coding = ", ".join(codings)
        self._inflater = zlib.decompressobj(_GZIP_OR_ZLIB) if self._coding in _GZIP else None
        self._start = b""  # of deflate, until its format can be told
        self._rest = b""
        self._begin = self._end = 0  # where the delivery stands in the coded body
        self._is_full = False
        self.taken = 0
        """How many bytes of the coded body have been used."""

    @property
    def is_idle(self) -> bool:
        """Whether all that was offered is used, and all that came of it was returned."""
        return not self._rest and not self._is_full

    def is_complete(self, *, may_be_empty: bool) -> bool:
        """Whether the coded body is at its end, or was none where it ``may_be_empty``."""
        if not self._end:
            return may_be_empty
        return self._inflater is not None and self._inflater.eof and self.is_idle

    def offer(self, data: bytes) -> None:
        """Take a delivery, or one that was left before its end once more."""
        self._end = self._begin + len(data)
        self._rest = data[self.taken - self._begin :]
        self._advance()

    def step(self) -> bytes:
        """Return the next `STEP_BYTES` at most, which may be none. Raises `NotDecoded`."""
        data = self._rest
        try:
            part, self._rest = self._decoded(data)
        except zlib.error as error:
            raise NotDecoded(f"{self._coding}: {error}") from None
        self._is_full = len(part) == STEP_BYTES
        self.taken += len(data) - len(self._rest)
        self._advance()
        return part

    def _advance(self) -> None:
        if self.is_idle:
            self._begin = self._end

    def _decoded(self, data: bytes) -> tuple[bytes, bytes]:
        """Return what came of ``data``, and the end of it that was not used yet."""
        inflater = self._inflater
        if inflater is None:
            self._start += data
            if self._coding != _DEFLATE:
                raise NotDecoded(f"{self._coding}: not asked for")
            if len(self._start) < 2:
                return b"", b""
            inflater = self._inflater = zlib.decompressobj(_ZLIB if _is_zlib(self._start) else _RAW)
            data = self._start
        elif inflater.eof and data:
            if self._coding == _DEFLATE:
                raise NotDecoded("deflate: more than one body")
            inflater = self._inflater = zlib.decompressobj(_GZIP_ALONE)  # the next member (RFC 1952 §2.2)
        elif inflater.eof:
            return b"", b""
        part = inflater.decompress(data, STEP_BYTES)
        return part, inflater.unused_data if inflater.eof else inflater.unconsumed_tail


def _is_zlib(start: bytes) -> bool:
    """Whether two bytes begin a zlib stream (RFC 1950 §2.2): deflate also comes without (RFC 9110 §8.4.1.2)."""
    return start[0] & 15 == zlib.DEFLATED and int.from_bytes(start[:2]) % 31 == 0
