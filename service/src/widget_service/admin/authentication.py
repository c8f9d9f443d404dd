"""Who makes a request to the admin origin: a session's cookie with its CSRF token, or a bearer token."""

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import Request

from widget_service.admin.context import AdminContext
from widget_service.admin.errors import AdminError
from widget_service.admin.gate import SAFE_METHODS
from widget_service.control.admin_sessions import read_session
from widget_service.control.api_tokens import principal_of
from widget_service.identity.rights import SCOPES_OF_ROLE, Principal
from widget_service.identity.sessions import cookie_values
from widget_service.storage.actors import Actor

CSRF_HEADER = "x-csrf-token"


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who it is, and the CSRF token of the session, empty for API tokens."""

    principal: Principal
    csrf_token: str = ""

    def check_csrf(self, method: str, given: str | None) -> None:
        """Raise `AdminError` for an unsafe request of a session without its token, compared in constant time."""
        if method in SAFE_METHODS or not self.csrf_token:
            return
        if given is None or not hmac.compare_digest(self.csrf_token.encode(), given.encode("utf-8", "replace")):
            raise AdminError(
                "CSRF_FAILED", "The CSRF token is missing or not that of the session; load the page again."
            )


def authenticate(context: AdminContext, headers: Mapping[str, str]) -> Credentials | None:
    """Return who makes the request, None where it carries nothing. Blocks; raises `AdminError`.

    A bearer token beats a cookie. A cookie that is not valid any more counts as none: browsers keep sending it.
    """
    authorization = headers.get("authorization")
    if authorization is not None:
        return Credentials(_bearer(context, authorization))
    for value in cookie_values(headers.get("cookie", ""), context.cookie_name):
        session = read_session(context.plane, value)
        if session is not None:
            role = session.role
            principal = Principal(session.admin, role, SCOPES_OF_ROLE[role], session.id, session.admin)
            return Credentials(principal, csrf_token_of(context, value))
    return None


def required(credentials: Credentials | None) -> Credentials:
    """Return them; raise `AdminError` where there are none."""
    if credentials is None:
        raise AdminError(
            "AUTHENTICATION_REQUIRED",
            "Log in at /admin/, or send an API token: Authorization: Bearer …",
            headers=[("WWW-Authenticate", "Bearer")],
        )
    return credentials


def csrf_token_of(context: AdminContext, session_token: str) -> str:
    """Return the CSRF token of a session: nobody without the master key can make it, whatever cookie they have."""
    signature = context.csrf_keys.sign(session_token.encode("utf-8", "surrogatepass"))
    return urlsafe_b64encode(signature).rstrip(b"=").decode()


def address_of(context: AdminContext, request: Request) -> str:
    """Return where the request comes from, behind the proxies that are trusted."""
    peer = request.client.host if request.client is not None else ""
    headers: dict[str, str] = request.state.headers
    return context.proxies.client_address(peer, headers)


def actor_of(principal: Principal, address: str) -> Actor:
    """Return the principal as the one who makes changes."""
    return Actor(principal.actor_name, address, may_use_secrets="secrets" in principal.scopes)


def _bearer(context: AdminContext, authorization: str) -> Principal:
    scheme, _, secret = authorization.partition(" ")
    principal = principal_of(context.plane, secret.strip()) if scheme.lower() == "bearer" else None
    if principal is None:
        raise AdminError(
            "INVALID_TOKEN",
            "The API token is not known, or has expired; make one: widget-service tokens add NAME",
            headers=[("WWW-Authenticate", 'Bearer error="invalid_token"')],
        )
    return principal
