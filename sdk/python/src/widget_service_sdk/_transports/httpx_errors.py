"""What the exceptions of httpx2 mean: which of them is a lack of time, and the reason that the others give."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import httpx2

from .._errors import ConnectorBoundaryError
from .._protocol import BrokenOff, OutOfTime, Request, Unreachable

_REASONS: dict[type[Exception], str] = {
    httpx2.ConnectError: "cannot connect",
    httpx2.ReadError: "the connection broke while the answer was read",
    httpx2.WriteError: "the connection broke while the request was sent",
    httpx2.CloseError: "the connection broke while it was closed",
    httpx2.RemoteProtocolError: "what came back is no complete HTTP answer",
    httpx2.LocalProtocolError: "the request cannot be written as HTTP",
    httpx2.DecodingError: "its Content-Encoding is broken",
    httpx2.ProxyError: "the proxy refused",
    httpx2.UnsupportedProtocol: "the scheme of the URL is not supported",
}

_CONNECTED = (
    httpx2.ReadError,
    httpx2.WriteError,
    httpx2.CloseError,
    httpx2.RemoteProtocolError,
    httpx2.DecodingError,
)
"""What fails only once a connection is there."""

_UNQUOTED = (httpx2.LocalProtocolError, httpx2.DecodingError)
"""Their texts can hold parts of the request or of the answer."""


@contextmanager
def mapped_errors(request: Request) -> Iterator[None]:
    """Raises OutOfTime, Unreachable, BrokenOff or ConnectorBoundaryError (an overlong URL) for what httpx2 raises."""
    try:
        yield
    except httpx2.TimeoutException:
        raise OutOfTime(request.timeout_ms) from None
    except httpx2.InvalidURL as error:
        raise ConnectorBoundaryError(f"the URL cannot be used: {error}", permalink=request.subject.permalink) from None
    except (httpx2.HTTPError, OSError, UnicodeError) as error:
        outage = BrokenOff if isinstance(error, _CONNECTED) else Unreachable
        raise outage(_reason(error), error) from error


def _reason(error: Exception) -> str:
    kind = next((text for known, text in _REASONS.items() if isinstance(error, known)), type(error).__name__)
    return kind if isinstance(error, _UNQUOTED) else f"{kind} ({_root_text(error)})"


def _root_text(error: BaseException) -> str:
    """The text of the innermost exception: what the operating system or the TLS library said."""
    inner = error.exceptions[0] if isinstance(error, BaseExceptionGroup) else error.__cause__ or error.__context__
    if inner is not None:
        return _root_text(inner)
    if isinstance(error, OSError) and error.errno and type(error).__module__ == "builtins":
        return os.strerror(error.errno)  # asyncio puts a text of its own in the place of this one
    return str(error) or type(error).__name__
