"""The tokens of a process: each is asked for once, whoever waits, and renewed while the old one still serves."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import structlog

from widget_service.authentication.grant import RotatingGrant, TokenGrant, TokenKey
from widget_service.authentication.tokens.answer import TokenRefused
from widget_service.authentication.tokens.failures import Failure, Failures
from widget_service.authentication.tokens.fetching import LIMIT_S, Errand, Fetched, Fetcher, StillAsked, host_of
from widget_service.authentication.tokens.memory import TokenMemory
from widget_service.authentication.tokens.replacements import Replacements
from widget_service.authentication.tokens.token import Token
from widget_service.errors import SCOPE_OAUTH, AuthenticationFailed, ServiceError

PROBE_WAIT_S = 0.05
"""As long as a request waits for an endpoint that was silent just now and is tried again."""

Wanted = Callable[[Token], bool]

log = structlog.get_logger("widget_service.tokens")


@dataclass(frozen=True, slots=True)
class Obtained:
    """A token and how it was come by; ``is_renewing`` says that a new one is being asked for meanwhile."""

    token: Token
    how: Literal["cached", "shared", "fetched", "waited"]
    is_renewing: bool = False


class Tokens:
    """Obtains tokens for executions. Used in one event loop."""

    def __init__(
        self,
        fetcher: Fetcher,
        *,
        now: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        limit_s: float = LIMIT_S,
    ) -> None:
        self._fetcher, self._now, self._monotonic, self._limit_s = fetcher, now, monotonic, limit_s
        self._memory = TokenMemory()
        self._failures = Failures()
        self._replacements = Replacements()
        self._flights: dict[TokenKey, asyncio.Task[Fetched]] = {}
        self._unrepeatable: set[asyncio.Task[Fetched]] = set()
        self.requests: Counter[str] = Counter()
        """How often a token was asked for, by what came of it: ``fetched``, ``shared`` or ``failed``."""

    async def obtain(self, grant: TokenGrant, *, until: float, refused: Token | None = None) -> Obtained:
        """Return a token by ``until`` (the event loop's time).

        ``refused`` is returned only where a new one was refused too a moment ago (`note_in_vain`); others have it
        until there is another.

        Raises `AuthenticationFailed` (``OAUTH_TOKEN_ERROR``, ``JWT_SIGNING_ERROR``) and ``DESTINATION_NOT_ALLOWED``.
        """
        grant = self._fetcher.latest(grant)
        cached = self._cached(grant, refused)
        if cached is not None:
            return cached
        is_joining = grant.key in self._flights
        failure = self._failures.recent(grant, self._monotonic())
        if failure is not None and failure.blocks(self._monotonic()) and not is_joining:
            raise _again(failure.error)
        fetched = await self._wait(self._flight(grant, refused), grant, until, failure, refused)
        if fetched.token == refused:  # what was under way already had begun with it
            fetched = await self._wait(self._flight(grant, refused), grant, until, failure, refused)
        return Obtained(fetched.token, "waited" if is_joining else fetched.how)

    def note_in_vain(self, grant: TokenGrant) -> None:
        """Remember that the destination has refused a token and the one in its place: another would hardly help."""
        self._replacements.note_in_vain(grant.key, self._monotonic())

    async def aclose(self) -> None:
        """Break off what is under way, but not what cannot be asked twice: a new refresh token would be lost."""
        for flight in set(self._flights.values()) - self._unrepeatable:
            flight.cancel()
        await asyncio.gather(*self._flights.values(), return_exceptions=True)
        await self._fetcher.aclose()

    def _cached(self, grant: TokenGrant, refused: Token | None) -> Obtained | None:
        now = self._now()
        token = self._memory.get(grant.key, now)
        if refused is not None and (token is None or token == refused):
            return Obtained(refused, "cached") if self._replacements.are_in_vain(grant.key, self._monotonic()) else None
        if token is None:
            return None
        return Obtained(token, "cached", is_renewing=token.is_due(now) and self._renew(grant))

    def _renew(self, grant: TokenGrant) -> bool:
        """Ask for a new token in the background, unless the endpoint has just failed; return whether that is so."""
        if grant.key not in self._flights:
            now = self._monotonic()
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
        self._failures.begin_attempt(grant, self._monotonic())
        # A task of its own: the caller that happened to come first may be cancelled, and others wait.
        flight = self._flights[grant.key] = asyncio.create_task(self._fetch(grant, wanted, refused))
        flight.add_done_callback(_look_at)
        if isinstance(grant, RotatingGrant):
            self._unrepeatable.add(flight)
            flight.add_done_callback(self._unrepeatable.discard)
        return flight

    async def _fetch(self, grant: TokenGrant, wanted: Wanted, refused: Token | None) -> Fetched:
        def deliver(fetched: Fetched) -> None:
            self._failures.forget(grant)
            self._memory.put(fetched.key, fetched.token)

        errand = Errand(grant=grant, wanted=wanted, deliver=deliver, refused=refused, limit_s=self._limit_s)
        try:
            fetched = await self._fetcher.fetch(errand)
        except StillAsked:
            self.requests["failed"] += 1
            raise _busy(grant) from None
        except TimeoutError:
            silent = TokenRefused("", is_of_endpoint=True, is_silent=True)
            raise self._remembered(grant, _too_slow(grant), silent) from None
        except TokenRefused as refusal:
            error = _failed(_told(refusal, grant), timed_out=refusal.timed_out)
            raise self._remembered(grant, error, refusal) from None
        except ServiceError as failure:
            raise self._remembered(grant, failure, TokenRefused("")) from None
        finally:
            del self._flights[grant.key]
        self.requests[fetched.how] += 1
        deliver(fetched)
        return fetched

    def _remembered(self, grant: TokenGrant, error: ServiceError, refusal: TokenRefused) -> ServiceError:
        self.requests["failed"] += 1
        self._failures.note(
            grant,
            error,
            self._monotonic(),
            refusal.retry_after_s,
            of_endpoint=refusal.is_of_endpoint,
            is_silent=refusal.is_silent,
        )
        log.warning("tokens.failed", tenant=grant.tenant_id, host=host_of(grant), code=error.code, detail=error.detail)
        return error

    async def _wait(
        self,
        flight: asyncio.Task[Fetched],
        grant: TokenGrant,
        until: float,
        failure: Failure | None,
        refused: Token | None,
    ) -> Fetched:
        wait_s = until - asyncio.get_running_loop().time()
        if failure is not None and failure.is_silent:
            wait_s = min(wait_s, PROBE_WAIT_S)
        await asyncio.wait({flight}, timeout=max(wait_s, 0.0))
        if not flight.done() or flight.cancelled():
            token = self._memory.get(grant.key, self._now())
            if token is not None and token != refused:  # it is there, and only its keeping takes long
                return Fetched(token, grant.key, "fetched")
            raise _too_slow(grant) if failure is None else _again(failure.error)
        error = flight.exception()
        if isinstance(error, ServiceError):
            raise _again(error)
        return flight.result()


def _told(refusal: TokenRefused, grant: TokenGrant) -> str:
    """Return what is said of a refusal: nothing of an address that was a secret."""
    address_is_secret = host_of(grant) not in grant.url
    return "The token endpoint of the connector did not give a token." if address_is_secret else str(refusal)


def _busy(grant: TokenGrant) -> AuthenticationFailed:
    detail = f"A token of {host_of(grant)} is asked for elsewhere, or the database is locked; it did not come in time."
    return _failed(detail, timed_out=True)


def _failed(detail: str, *, timed_out: bool) -> AuthenticationFailed:
    error = AuthenticationFailed("OAUTH_TOKEN_ERROR", detail, scope=SCOPE_OAUTH)
    error.timed_out = timed_out
    return error


def _too_slow(grant: TokenGrant) -> AuthenticationFailed:
    return _failed(f"The token endpoint {host_of(grant)} did not give a token in time.", timed_out=True)


def _again(error: ServiceError) -> ServiceError:
    """Return the same error to raise once more: one that is raised by several would carry all their tracebacks."""
    again = type(error)(error.code, error.detail, scope=error.scope, log_detail=error.log_detail)
    again.timed_out = error.timed_out
    return again


def _look_at(flight: asyncio.Task[Fetched]) -> None:
    """What nobody waited for must not be lost: a mistake of the program goes to the log."""
    error = None if flight.cancelled() else flight.exception()
    if error is not None and not isinstance(error, ServiceError):
        log.error("tokens.unforeseen", kind=type(error).__name__, exc_info=error)
