"""From a request's headers to the caller: a user token beats a cookie session, and neither means anonymous."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from widget_service.errors import CallerError
from widget_service.identity.origins import OriginPolicy
from widget_service.identity.sessions import InvalidSession, Session, Sessions
from widget_service.identity.user_tokens import InvalidUserToken, UserTokens
from widget_service.identity.users import User


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls. ``user`` is None for an anonymous caller; ``session`` is set when a cookie said so."""

    user: User | None
    session: Session | None = None


ANONYMOUS = Caller(None)


class CallerSource(Protocol):
    """Says who calls."""

    def identify(self, headers: Mapping[str, str], *, scheme: str) -> Caller:
        """Return the caller of a request whose ``headers`` have lowercase names; raise `CallerError`."""
        ...


@dataclass(frozen=True, slots=True)
class FixedCaller:
    """Calls that an admin makes in somebody's place: who calls is given, whatever the headers say."""

    caller: Caller

    def identify(self, headers: Mapping[str, str], *, scheme: str) -> Caller:
        """Return the caller."""
        return self.caller


class Callers:
    """Identifies callers and refuses those who may not call at all."""

    def __init__(self, *, sessions: Sessions, user_tokens: UserTokens, origins: OriginPolicy) -> None:
        self.sessions = sessions
        self.user_tokens = user_tokens
        self.origins = origins

    def identify(self, headers: Mapping[str, str], *, scheme: str) -> Caller:
        """Return the caller of a request whose ``headers`` have lowercase names.

        Raises `CallerError`: ``UNKNOWN_HOST``, ``ORIGIN_NOT_ALLOWED``, ``INVALID_TOKEN`` or ``CSRF_FAILED``.
        """
        host = headers.get("host", "")
        origin, fetch_site = headers.get("origin"), headers.get("sec-fetch-site")
        self.origins.check_host(host)
        token = _bearer_token(headers.get("authorization"))
        session = self.session_of(headers) if token is None else None
        if session is None:
            self.origins.check_without_cookie(origin=origin, fetch_site=fetch_site, scheme=scheme, host=host)
            return ANONYMOUS if token is None else Caller(self.user_of_token(token))
        self.origins.check_with_cookie(origin=origin, fetch_site=fetch_site, scheme=scheme, host=host)
        check_csrf(session, headers)
        return Caller(session.user, session)

    def user_of_token(self, token: str) -> User:
        """Return the user that a token names; raise ``INVALID_TOKEN``."""
        try:
            return self.user_tokens.verify(token)
        except InvalidUserToken as error:
            raise CallerError("INVALID_TOKEN", str(error)) from None

    def session_of(self, headers: Mapping[str, str]) -> Session | None:
        """Return the session of the request's cookie; raise ``INVALID_TOKEN`` for one that is not valid."""
        cookie = headers.get("cookie")
        if cookie is None:
            return None
        try:
            return self.sessions.read(cookie)
        except InvalidSession as error:
            raise CallerError("INVALID_TOKEN", str(error)) from None


def check_csrf(session: Session, headers: Mapping[str, str]) -> None:
    """Calls with the cookie carry the CSRF token of that session, whatever their method."""
    candidate = headers.get("x-csrf-token")
    if not candidate:
        raise CallerError(
            "CSRF_FAILED",
            "The header X-CSRF-Token is missing. Pages have the token in the element with id 'csrftoken'; "
            "GET /session tells it too.",
        )
    if not session.csrf_token_matches(candidate):
        raise CallerError("CSRF_FAILED", "The CSRF token is not that of this session; reload the page.")


def _bearer_token(authorization: str | None) -> str | None:
    if authorization is None:
        return None
    scheme, _, token = authorization.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None
