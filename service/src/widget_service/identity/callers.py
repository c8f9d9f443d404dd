"""From a request's headers to tenant and caller: a user token beats a cookie session, and neither means anonymous."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from widget_service.connectors.snapshot import Snapshot, SnapshotHolder
from widget_service.errors import CallerError
from widget_service.identity.directory import Directories, ServedTenant
from widget_service.identity.proxies import TrustedProxies
from widget_service.identity.quotas import NO_QUOTAS, Quotas
from widget_service.identity.sessions import InvalidSession, Session, Sessions
from widget_service.identity.user_tokens import InvalidUserToken, UnknownKey, audience_of
from widget_service.identity.users import User


class Caller(NamedTuple):
    """Who calls. ``user`` is None for an anonymous caller; ``session`` is set when a cookie said so."""

    user: User | None
    session: Session | None = None


ANONYMOUS = Caller(None)


class Identified(NamedTuple):
    """A caller, with the tenant that the call concerns. ``address`` is the caller's, empty where there is none."""

    caller: Caller
    snapshot: Snapshot
    quotas: Quotas = NO_QUOTAS
    address: str = ""


class CallerSource(Protocol):
    """Says who calls."""

    async def identify(self, headers: Mapping[str, str], *, scheme: str, peer: str = "") -> Identified:
        """Return the caller of a request whose ``headers`` have lowercase names; raise `CallerError`.

        ``scheme`` and ``peer``, an address, are those of the connection.
        """
        ...


@dataclass(frozen=True, slots=True)
class FixedCaller:
    """Calls that an admin makes in somebody's place: who calls is given, whatever the headers say."""

    caller: Caller
    snapshots: SnapshotHolder

    async def identify(self, headers: Mapping[str, str], *, scheme: str, peer: str = "") -> Identified:
        """Return the caller."""
        return Identified(self.caller, self.snapshots.current)


class Callers:
    """Identifies callers and refuses those who may not call at all."""

    def __init__(self, directories: Directories, *, sessions: Sessions, proxies: TrustedProxies | None = None) -> None:
        self.directories = directories
        self.sessions = sessions
        self.proxies = proxies or TrustedProxies()

    async def identify(self, headers: Mapping[str, str], *, scheme: str, peer: str = "") -> Identified:
        """Return the caller of a request whose ``headers`` have lowercase names.

        Raises `CallerError`: ``UNKNOWN_HOST``, ``ORIGIN_NOT_ALLOWED``, ``INVALID_TOKEN``, ``CSRF_FAILED`` or
        ``AUTHENTICATION_REQUIRED``.
        """
        directory, host = self.directories.current, headers.get("host", "")
        tenant = directory.tenant_of_host(host)
        token = bearer_token(headers.get("authorization"))
        session = self.session_of(headers, tenant) if token is None else None
        if tenant is None:
            tenant = directory.tenant_named(_names(token, session))
        scheme = self.proxies.scheme(peer, headers, scheme)
        origin, fetch_site = headers.get("origin"), headers.get("sec-fetch-site")
        if session is None:
            tenant.origins.check_without_cookie(origin=origin, fetch_site=fetch_site, scheme=scheme, host=host)
            caller = ANONYMOUS if token is None else Caller(await user_of_token(tenant, token))
        else:
            tenant.origins.check_with_cookie(origin=origin, fetch_site=fetch_site, scheme=scheme, host=host)
            check_csrf(session, headers)
            caller = Caller(session.user, session)
        if caller.user is None and not tenant.allow_anonymous:
            raise anonymous_refused()
        return Identified(caller, tenant.snapshot, tenant.quotas, self.proxies.client_address(peer, headers))

    def session_of(self, headers: Mapping[str, str], tenant: ServedTenant | None) -> Session | None:
        """Return the session of the request's cookie; raise ``INVALID_TOKEN`` for one that is not valid.

        ``tenant`` is the one that the host belongs to: a session of another is not valid there. At a host that all
        share, a session is valid while its tenant is there.
        """
        cookie = headers.get("cookie")
        if cookie is None:
            return None
        try:
            session = self.sessions.read(cookie, headers.get("x-csrf-token"))
        except InvalidSession as error:
            raise CallerError("INVALID_TOKEN", str(error)) from None
        if session is None:
            return None
        meant = tenant or self.directories.current.tenants.get(session.tenant_id)
        if meant is None or meant.id != session.tenant_id or session.opened_at < int(meant.since):
            raise CallerError("INVALID_TOKEN", "The session is not one of this host; open a new one.")
        return session

    def tenant_if_known(self, headers: Mapping[str, str]) -> ServedTenant | None:
        """Return the tenant that a request concerns, None where that cannot be said; for answers, errors included."""
        try:
            tenant = self.directories.current.tenant_of_host(headers.get("host", ""))
            if tenant is not None:
                return tenant
            token = bearer_token(headers.get("authorization"))
            session = self.session_of(headers, None) if token is None else None
            return self.tenant_of(headers, token=token, session=session)
        except CallerError:
            return None

    def tenant_of(self, headers: Mapping[str, str], *, token: str | None, session: Session | None) -> ServedTenant:
        """Return the tenant that a request concerns: of its host, else of its token or session, else the default."""
        directory = self.directories.current
        return directory.tenant_of_host(headers.get("host", "")) or directory.tenant_named(_names(token, session))


async def user_of_token(tenant: ServedTenant, token: str) -> User:
    """Return the user that a token names; raise ``INVALID_TOKEN``. Published keys are looked up anew when need be."""
    published = tenant.published_keys
    try:
        if published is None:
            return tenant.user_tokens.verify(token)
        published.renew_if_stale()
        try:
            return tenant.user_tokens.verify(token)
        except UnknownKey:
            if not await published.look_again():
                raise
            return tenant.user_tokens.verify(token)
    except InvalidUserToken as error:
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


def anonymous_refused() -> CallerError:
    """Return the error for an anonymous caller of a tenant that has none."""
    return CallerError("AUTHENTICATION_REQUIRED", "Anonymous callers are refused here; sign in.")


def bearer_token(authorization: str | None) -> str | None:
    """Return the token of an ``Authorization`` header, None where there is none (RFC 6750 §2.1)."""
    if authorization is None:
        return None
    scheme, *token = authorization.split(maxsplit=1) or [""]  # whatever stands between: such a caller is not anonymous
    return "".join(token).strip() if scheme.lower() == "bearer" else None


def _names(token: str | None, session: Session | None) -> list[str]:
    if token is not None:
        return audience_of(token)
    return [] if session is None else [session.tenant_id]
