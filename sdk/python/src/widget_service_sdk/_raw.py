"""Answers as they are: status, headers, and a body that can be read at once or as it arrives."""

from collections.abc import Iterator, Mapping
from typing import Any

from ._protocol import Answer, Request, parse_body


class ResponseHeaders(Mapping[str, str]):
    """Headers of an answer, looked up without case; iterating gives the names in lower case."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._headers = {name.lower(): value for name, value in headers.items()}

    def __getitem__(self, name: str) -> str:
        return self._headers[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._headers)

    def __len__(self) -> int:
        return len(self._headers)

    def __repr__(self) -> str:
        return f"ResponseHeaders({self._headers!r})"


class RawParts:
    """What the asynchronous and the blocking RawResponse have in common.

    ``status`` is the destination's; ``headers`` are those that the service passes back.
    """

    def __init__(self, request: Request, status: int, headers: Mapping[str, str]) -> None:
        self._request = request
        self._body: bytes | None = None
        self._streamed = False
        self.status = status
        self.headers = ResponseHeaders(headers)

    @property
    def ok(self) -> bool:
        """Whether the status is one of 2xx."""
        return 200 <= self.status < 300

    def __repr__(self) -> str:
        return f"<RawResponse {self.status} of {self._request.subject.permalink}>"

    @property
    def _is_empty(self) -> bool:
        """Whether there is no body (RFC 9110 §6.4.1), so that the connection need not wait for anybody to read it."""
        return self._request.method == "HEAD" or self.status in (204, 304) or self.headers.get("content-length") == "0"

    def _start_stream(self) -> None:
        if self._streamed:
            raise RuntimeError("the body is being streamed or has been: it can be streamed once only")
        self._streamed = True

    def _text(self, body: bytes) -> str:
        return body.decode("utf-8", "replace").removeprefix("\ufeff")

    def _json(self, body: bytes) -> Any:
        return parse_body(self._request.subject, Answer(self.status, self.headers, body))
