"""Asking a token endpoint, through the guarded client: the rules of addresses, TLS and time are a destination's."""

import base64
from collections.abc import Awaitable, Callable
from urllib.parse import quote, urlencode

from widget_service.authentication.grant import Pair, TokenRequest
from widget_service.authentication.tokens.answer import MAX_ANSWER_BYTES, Answer, TokenRefused
from widget_service.egress import UpstreamClient, UpstreamRequest
from widget_service.errors import UpstreamError
from widget_service.settings import Settings

Ask = Callable[[TokenRequest], Awaitable[Answer]]
"""Sends a request and returns the answer; raises `TokenRefused` where there is none."""

_SILENT = frozenset({"UPSTREAM_TIMEOUT", "UPSTREAM_UNREACHABLE"})
_SECRET_PARAMETERS = frozenset({"assertion", "client_assertion", "client_secret", "refresh_token", "password"})
_FORM = "application/x-www-form-urlencoded"


class TokenEndpoint:
    """Sends token requests as forms (RFC 6749 §4)."""

    def __init__(self, client: UpstreamClient, settings: Settings) -> None:
        self._client, self._settings = client, settings

    async def ask(self, request: TokenRequest) -> Answer:
        """Return the answer; raise `TokenRefused`, and ``DESTINATION_NOT_ALLOWED`` where the guard refuses the URL."""
        try:
            response = await self._client.send(self._upstream_request(request))
            body = await response.read(MAX_ANSWER_BYTES)
        except UpstreamError as error:
            reason = f"{error.reason}." if error.reason else f"did not give a token. {error.detail}"
            raise TokenRefused(
                f"The token endpoint {reason}",
                is_of_endpoint=True,
                is_silent=error.code in _SILENT,
                timed_out=error.timed_out,
            ) from None
        return Answer(response.status, {name.lower(): value for name, value in response.headers}, body)

    def _upstream_request(self, request: TokenRequest) -> UpstreamRequest:
        headers = [("Accept", "application/json"), ("Content-Type", _FORM)]
        if request.basic is not None:
            headers.append(("Authorization", basic_authorization(request.basic)))
        settings = self._settings
        return UpstreamRequest(
            method="POST",
            url=request.url,
            headers=headers,
            body=urlencode(request.form).encode(),
            is_repeatable=request.is_repeatable,
            connect_timeout_s=settings.upstream_connect_timeout_s,
            headers_timeout_s=settings.upstream_timeout_s,
            body_timeout_s=settings.upstream_timeout_s,
            made_for=request,
        )


def basic_authorization(client: Pair) -> str:
    """Return the header of a client's identifier and secret, each encoded like a form first (RFC 6749 §2.3.1).

    A space becomes %20: servers that decode a form read it, and so do those that only undo percent-encoding.
    """
    pair = ":".join(quote(part, safe="") for part in client)
    return f"Basic {base64.b64encode(pair.encode()).decode()}"


def sent_by(request: TokenRequest) -> tuple[str, ...]:
    """Return what a request sends that no answer may show."""
    secret = tuple(value for name, value in request.form if name in _SECRET_PARAMETERS)
    return secret if request.basic is None else (*secret, basic_authorization(request.basic).removeprefix("Basic "))
