"""Logging in by the OpenID Connect provider: the browser is sent there, and comes back with a code."""

import asyncio
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import asdict
from typing import Final
from urllib.parse import parse_qsl

import structlog
from starlette.responses import Response

from widget_service.admin.errors import AdminError
from widget_service.admin.oidc.provider import Provider, ProviderUnreachable
from widget_service.admin.pages.login import next_page, session_cookie
from widget_service.admin.pages.page import Page, Visit
from widget_service.control.provider_logins import NotAdmitted, log_in_by_provider
from widget_service.identity.keys import SigningKeys
from widget_service.identity.openid import Attempt, NotBelieved
from widget_service.identity.sessions import cookie_values

log = structlog.get_logger("widget_service.admin")

CALLBACK: Final = "/login/callback"
_ATTEMPT_S: Final = 600


async def go(visit: Visit) -> Response:
    """Send the browser to the provider, with a cookie by which it is known when it comes back."""
    attempt = Attempt.new(next_page(visit))
    try:
        url = await _provider(visit).authorization_url(attempt, _redirect_uri(visit))
    except (NotBelieved, ProviderUnreachable) as error:
        return _refused(visit, str(error), 502)
    response = Response(status_code=303, headers={"Location": url})
    response.headers["Set-Cookie"] = _cookie(visit, _sealed(visit, attempt), _ATTEMPT_S)
    return response


async def come_back(visit: Visit) -> Response:
    """Open a session for who comes back with the state that this browser was sent with."""
    query = dict(parse_qsl(visit.request.url.query))
    attempt = _attempt(visit, query.get("state", ""))
    if attempt is None:
        return _refused(visit, "This log-in was not begun in this browser, or took too long. Log in again.", 403)
    try:
        identity = await _provider(visit).identity(attempt, query, _redirect_uri(visit))
        opened = await asyncio.to_thread(
            log_in_by_provider,
            visit.context.plane,
            identity,
            address=visit.address,
            user_agent=visit.headers.get("user-agent", ""),
        )
    except NotAdmitted as error:
        return _refused(visit, str(error), 403)
    except (NotBelieved, ProviderUnreachable) as error:
        return _refused(visit, str(error), 502)
    # The cookie is for requests of our own pages alone (SameSite=Strict): one of them has to go on, not a redirect.
    response = visit.render("going_on.html", following=attempt.following)
    response.headers["Set-Cookie"] = session_cookie(visit.context, opened.token)
    response.headers.append("Set-Cookie", _cookie(visit, "", 0))
    return response


def _provider(visit: Visit) -> Provider:
    provider = visit.context.provider
    if provider is None:
        raise AdminError("NOT_FOUND", "No provider is set up; see OIDC_ISSUER.")
    return provider


def _refused(visit: Visit, reason: str, status: int) -> Response:
    log.warning("login.refused", reason=reason, address=visit.address)
    response = visit.render("login.html", status=status, next="/admin/", name="", refusal=reason)
    response.headers["Set-Cookie"] = _cookie(visit, "", 0)
    return response


def _redirect_uri(visit: Visit) -> str:
    own = visit.context.settings.admin_url or f"{visit.request.url.scheme}://{visit.headers['host']}"
    return f"{own}/admin{CALLBACK}"


def _cookie(visit: Visit, value: str, max_age_s: int) -> str:
    """``Lax``: the provider's page must be able to send the browser back with it."""
    secure = "; Secure" if visit.context.settings.session_cookie_secure else ""
    return f"{_cookie_name(visit)}={value}; Path=/; Max-Age={max_age_s}; HttpOnly; SameSite=Lax{secure}"


def _cookie_name(visit: Visit) -> str:
    return f"{visit.context.cookie_name}_login"


def _keys(visit: Visit) -> SigningKeys:
    return SigningKeys(visit.context.plane.master_keys.derive("admin-login-attempt"))


def _sealed(visit: Visit, attempt: Attempt) -> str:
    until = int(visit.context.plane.database.now().timestamp()) + _ATTEMPT_S
    payload = json.dumps({**asdict(attempt), "until": until}).encode()
    return f"{_b64(payload)}.{_b64(_keys(visit).sign(payload))}"


def _attempt(visit: Visit, state: str) -> Attempt | None:
    """Return the attempt of this browser whose state came back; others' are forged or over."""
    for value in cookie_values(visit.headers.get("cookie", ""), _cookie_name(visit)):
        try:
            payload, signature = (urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in value.split("."))
        except ValueError:
            continue
        if _keys(visit).signer_of(payload, signature) is None:
            continue
        data = json.loads(payload)
        if data.pop("until") > visit.context.plane.database.now().timestamp() and data["state"] == state:
            return Attempt(**data)
    return None


def _b64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


PAGES = (
    Page(path="/login/provider", show=go, access=None),
    Page(path=CALLBACK, show=come_back, access=None),
)
