"""The tokens of a process: each is asked for once, whoever waits, and renewed while the old one still serves."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import structlog

from widget_service.authentication.grant import RotatingGrant, TokenGrant, TokenKey
from widget_service.authentication.tokens.answer import TokenRefused
from widget_service.authentication.tokens.failures import Failure, Failures
from widget_service.authentication.tokens.fetching import Fetched, Fetcher, Wanted, host_of
from widget_service.authentication.tokens.memory import TokenMemory
from widget_service.authentication.tokens.token import Token
from widget_service.errors import SCOPE_OAUTH, AuthenticationFailed, ServiceError

LIMIT_S = 15.0
PROBE_WAIT_S = 0.05
"""As long as a request waits for an endpoint that has just failed and is tried again."""

log = structlog.get_logger("widget_service.tokens")


@dataclass(frozen=True, slots=True)
class Obtained:
    """A token and how it was come by; ``is_renewing`` says that a new one is being asked for meanwhile."""

    token: Token
    how: Literal["cached", "shared", "fetched", "waited"]
    is_renewing: bool = False


class Tokens:
    """Obtains tokens for executions. Used in one event loop."""

    def __init__(self, fetcher: Fetcher, *, now: Callable[[], float] = time.time, limit_s: float = LIMIT_S) -> None:
        self._fetcher, self._now, self._limit_s = fetcher, now, limit_s
        self._memory = TokenMemory()
        self._failures = Failures()
        self._flights: dict[TokenKey, asyncio.Task[Fetched]] = {}
        self._unrepeatable: set[asyncio.Task[Fetched]] = set()

    async def obtain(self, grant: TokenGrant, *, until: float, refused: Token | None = None) -> Obtained:
        """Return a token by ``until`` (the event loop's time); never ``refused``, which is forgotten.

        Raises `AuthenticationFailed` (``OAUTH_TOKEN_ERROR``, ``JWT_SIGNING_ERROR``) and ``DESTINATION_NOT_ALLOWED``.
        """
        grant = self._fetcher.latest(grant)
        cached = self._cached(grant, refused)
        if cached is not None:
            return cached
        key, now = grant.key, self._now()
        is_joining = key in self._flights
        failure = self._failures.recent(grant, now)
        if failure is not None and failure.blocks(now) and not is_joining:
            raise _again(failure.error)
        fetched = await self._wait(self._flight(grant, refused), grant, until, failure)
        if fetched.token == refused:  # what was under way already had begun with it
            fetched = await self._wait(self._flight(grant, refused), grant, until, failure)
        return Obtained(fetched.token, "waited" if is_joining else fetched.how)

    async def aclose(self) -> None:
        """Break off what is under way, but not what cannot be asked twice: a new refresh token would be lost."""
        for flight in set(self._flights.values()) - self._unrepeatable:
            flight.cancel()
        await asyncio.gather(*self._flights.values(), return_exceptions=True)
        await self._fetcher.rotations.aclose()

    def _cached(self, grant: TokenGrant, refused: Token | None) -> Obtained | None:
        key, now = grant.key, self._now()
        if refused is not None:
            self._memory.drop(key, refused)
        token = self._memory.get(key, now)
        if token is None:
            return None
        return Obtained(token, "cached", is_renewing=token.is_due(now) and self._renew(grant))

    def _renew(self, grant: TokenGrant) -> bool:
        """Ask for a new token in the background, unless the endpoint has just failed; return whether that is so."""
        if grant.key not in self._flights:
            now = self._now()
            failure = self._failures.recent(grant, now)
            if failure is not None and failure.blocks(now):
                return False
            self._begin(grant, lambda token: not token.is_due(self._now()))
        return True

    def _flight(self, grant: TokenGrant, refused: Token | None) -> asyncio.Task[Fetched]:
        """Return the one request for this token that is under way, begun now if there was none."""
        flight = self._flights.get(grant.key)
        if flight is None:
            flight = self._begin(grant, lambda token: token != refused and token.lives(self._now()), refused)
        return flight

    def _begin(self, grant: TokenGrant, wanted: Wanted, refused: Token | None = None) -> asyncio.Task[Fetched]:
        self._failures.begin_attempt(grant, self._now())
        # A task of its own: the caller that happened to come first may be cancelled, and others wait.
        flight = self._flights[grant.key] = asyncio.create_task(self._fetch(grant, wanted, refused))
        flight.add_done_callback(_look_at)
        if isinstance(grant, RotatingGrant):
            self._unrepeatable.add(flight)
            flight.add_done_callback(self._unrepeatable.discard)
        return flight

    async def _fetch(self, grant: TokenGrant, wanted: Wanted, refused: Token | None) -> Fetched:
        try:
            async with asyncio.timeout(self._limit_s):
                fetched = await self._fetcher.fetch(grant, wanted, refused)
        except TimeoutError:
            raise self._remembered(grant, _too_slow(grant), of_endpoint=True) from None
        except TokenRefused as refusal:
            error = _failed(str(refusal))
            raise self._remembered(
                grant, error, retry_after_s=refusal.retry_after_s, of_endpoint=refusal.is_of_endpoint
            ) from None
        except ServiceError as error:
            raise self._remembered(grant, error) from None
        finally:
            del self._flights[grant.key]
        self._failures.forget(grant)
        for key in fetched.keys:
            self._memory.put(key, fetched.token)
        return fetched

    def _remembered(
        self, grant: TokenGrant, error: ServiceError, *, retry_after_s: float | None = None, of_endpoint: bool = False
    ) -> ServiceError:
        self._failures.note(grant, error, self._now(), retry_after_s, of_endpoint=of_endpoint)
        log.warning("tokens.failed", tenant=grant.tenant_id, host=host_of(grant), code=error.code, detail=error.detail)
        return error

    async def _wait(
        self, flight: asyncio.Task[Fetched], grant: TokenGrant, until: float, failure: Failure | None
    ) -> Fetched:
        wait_s = until - asyncio.get_running_loop().time()
        if failure is not None:
            wait_s = min(wait_s, PROBE_WAIT_S)
        await asyncio.wait({flight}, timeout=max(wait_s, 0.0))
        if not flight.done() or flight.cancelled():
            raise _too_slow(grant) if failure is None else _again(failure.error)
        error = flight.exception()
        if isinstance(error, ServiceError):
            raise _again(error)
        return flight.result()


def _failed(detail: str) -> AuthenticationFailed:
    return AuthenticationFailed("OAUTH_TOKEN_ERROR", detail, scope=SCOPE_OAUTH)


def _too_slow(grant: TokenGrant) -> AuthenticationFailed:
    return _failed(f"The token endpoint {host_of(grant)} did not give a token in time.")


def _again(error: ServiceError) -> ServiceError:
    """Return the same error to raise once more: one that is raised by several would carry all their tracebacks."""
    return type(error)(error.code, error.detail, scope=error.scope, log_detail=error.log_detail)


def _look_at(flight: asyncio.Task[Fetched]) -> None:
    """What nobody waited for must not be lost: a mistake of the program goes to the log."""
    error = None if flight.cancelled() else flight.exception()
    if error is not None and not isinstance(error, ServiceError):
        log.error("tokens.unforeseen", kind=type(error).__name__, exc_info=error)
