"""Small things about ASGI that every endpoint outside Starlette needs."""

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from functools import lru_cache
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]


class BodyTooLarge(Exception):
    """The caller sent more than it may."""


class BodyCutOff(Exception):
    """The caller went away before the body was complete."""


async def read_body(receive: Receive, *, limit: int) -> bytes:
    """Return the whole request body; raise `BodyTooLarge` as soon as it passes ``limit`` bytes, and `BodyCutOff`."""
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise BodyCutOff
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            raise BodyTooLarge
        if chunk:
            chunks.append(chunk)
        if not message.get("more_body", False):
            return chunks[0] if len(chunks) == 1 else b"".join(chunks)


class EncodedPair(tuple[str, str]):
    """A header that is sent again and again; ``raw`` is what `encode_headers` makes of it."""

    raw: tuple[bytes, bytes]

    def __new__(cls, name: str, value: str) -> "EncodedPair":
        """Encode it, once."""
        pair = super().__new__(cls, (name, value))
        [pair.raw] = encode_headers([(name, value)])
        return pair


def encode_headers(headers: Iterable[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    """Return headers as ASGI wants them: lowercase names, UTF-8 values."""
    return [
        pair.raw if type(pair) is EncodedPair else (_raw_name(pair[0]), pair[1].encode("utf-8", "surrogateescape"))
        for pair in headers
    ]


@lru_cache(maxsize=1024)
def _raw_name(name: str) -> bytes:
    return name.lower().encode("latin-1")


@lru_cache(maxsize=1024)
def _name(raw: bytes) -> str:
    return raw.decode("latin-1").lower()


def peer_of(scope: Scope) -> str:
    """Return the address of who is connected, empty where it has none, as over a Unix socket."""
    client = scope.get("client")
    return str(client[0]) if client else ""


async def send_answer(send: Send, status: int, headers: Iterable[tuple[str, str]], body: bytes | None) -> None:
    """Send a whole answer with its length; ``body`` is None where the headers say all that there is (HEAD, 304)."""
    raw = encode_headers(headers)
    if body is not None:
        raw.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body or b""})


def decode_headers(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Return a request's headers by lowercase name; repeated ones are joined as a list (RFC 9110 §5.3).

    Values are read as UTF-8, as they are sent; a byte that is none stands for itself (latin-1).
    """
    headers: dict[str, str] = {}
    for raw_name, raw_value in raw:
        name = _name(raw_name)
        try:
            value = raw_value.decode("utf-8")
        except UnicodeDecodeError:
            value = raw_value.decode("latin-1")
        if name in headers:
            headers[name] += ("; " if name == "cookie" else ", ") + value
        else:
            headers[name] = value
    return headers
