"""Cookie sessions: signed, self-contained, of one tenant, with a CSRF token bound to each.

The cookie holds ``base64url(payload) "." base64url(HMAC-SHA256(key, payload))``. Nothing is looked up to verify
it, and one that was verified is remembered, so that a busy session costs a dictionary look-up. Keys derive from the
master keys: the first signs, and a session that another one signed stays valid while that one is listed.
"""

import base64
import contextlib
import hmac
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from widget_service.connectors.snapshot import DEFAULT_TENANT
from widget_service.identity.keys import SigningKeys
from widget_service.identity.remembered import Remembered
from widget_service.identity.revocations import Revocations
from widget_service.identity.users import User
from widget_service.vault import MasterKeys

SESSION_LIFETIME_S = 24 * 3600
MAX_COOKIES = 4
MAX_COOKIE_BYTES = 4096
"""Browsers drop longer ones without a word (RFC 6265bis §5.6)."""


class InvalidSession(Exception):
    """A session cookie that is forged, garbled or expired; the message may be shown to the caller."""


class UserTooLarge(Exception):
    """A user of whom so much is said that no cookie holds it; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Session:
    """A verified session. ``user`` is None for an anonymous caller; ``expires_at`` is in Unix seconds."""

    id: str
    user: User | None
    csrf_token: str
    expires_at: int
    tenant_id: str = DEFAULT_TENANT

    @property
    def opened_at(self) -> int:
        """When it was opened, in Unix seconds."""
        return self.expires_at - SESSION_LIFETIME_S

    def csrf_token_matches(self, candidate: str) -> bool:
        """Compare in constant time."""
        return hmac.compare_digest(self.csrf_token.encode(), candidate.encode("utf-8", "replace"))


@dataclass(frozen=True, slots=True)
class OpenedSession:
    """A new session: the ``Set-Cookie`` value that carries it, and what the page needs to know."""

    set_cookie: str
    session: Session

    @property
    def user(self) -> User | None:
        return self.session.user

    @property
    def csrf_token(self) -> str:
        return self.session.csrf_token

    @property
    def expires_at(self) -> int:
        return self.session.expires_at


class Sessions:
    """Opens, reads and ends the cookie sessions of one service."""

    def __init__(
        self,
        master_keys: MasterKeys,
        *,
        secure: bool,
        name_suffix: str = "",
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._cookie_keys = SigningKeys(master_keys.derive("session-cookie:2"))
        self._csrf_keys = SigningKeys(master_keys.derive("session-csrf"))
        self._secure = secure
        self._clock = clock
        self._verified: Remembered[Session] = Remembered()
        self.revocations = Revocations()
        self.cookie_name = ("__Host-widget_service_session" if secure else "widget_service_session") + name_suffix

    def open(self, user: User | None, *, tenant_id: str = DEFAULT_TENANT) -> OpenedSession:
        """Return a new session for ``user``, or an anonymous one; raise `UserTooLarge`."""
        expires_at = int(self._clock()) + SESSION_LIFETIME_S
        session_id = secrets.token_urlsafe(16)
        payload = json.dumps(
            {"sid": session_id, "tid": tenant_id, "exp": expires_at, "user": user.as_stored() if user else None},
            separators=(",", ":"),
            ensure_ascii=False,
        ).encode()
        cookie = f"{_b64(payload)}.{_b64(self._cookie_keys.sign(payload))}"
        if len(self.cookie_name) + len(cookie) >= MAX_COOKIE_BYTES:
            raise UserTooLarge(
                f"The user token says more than a cookie of {MAX_COOKIE_BYTES} bytes holds; leave claims or profile "
                "fields out, or send the token as Authorization: Bearer."
            )
        session = Session(session_id, user, self._csrf_token(session_id), expires_at, tenant_id)
        return OpenedSession(self._set_cookie(cookie, SESSION_LIFETIME_S), session)

    def end(self, session: Session) -> str:
        """End a session, also for those who kept its cookie; return the ``Set-Cookie`` value that removes it."""
        self.revocations.add(session.id, session.expires_at, now=self._clock())
        return self._set_cookie("", 0)

    def read(self, cookie_header: str, csrf_token: str | None = None) -> Session | None:
        """Return the session that a ``Cookie`` header carries, None when it carries none.

        Raises `InvalidSession` for one that is forged, garbled or expired: such a caller is never taken for an
        anonymous one. Of several cookies of the name, as a page of a neighbouring host may have tossed one in, one that
        is valid counts, and of several valid ones that whose ``csrf_token`` this is.
        """
        values = cookie_values(cookie_header, self.cookie_name)
        if not values:
            return None
        if len(values) == 1:
            return self._session(values[0])
        return self._one_of(values, csrf_token)

    def _one_of(self, values: list[str], csrf_token: str | None) -> Session:
        valid: list[Session] = []
        for value in values:
            with contextlib.suppress(InvalidSession):
                valid.append(self._session(value))
        if not valid:
            return self._session(values[0])
        matching = (session for session in valid if csrf_token is not None and session.csrf_token_matches(csrf_token))
        return next(matching, valid[0])

    def _session(self, value: str) -> Session:
        session = self._verified.get("", value)
        if session is None:
            session = self._verify(value)
            self._verified.put("", value, session)
        if session.expires_at <= self._clock():
            raise InvalidSession("The session has expired; open a new one.")
        if session.id in self.revocations:
            raise InvalidSession("The session was ended; open a new one.")
        return session

    def _verify(self, value: str) -> Session:
        try:
            payload_text, signature_text = value.split(".")
            payload, signature = _unb64(payload_text), _unb64(signature_text)
        except ValueError:
            raise InvalidSession("The session cookie is not one of this service; open a new session.") from None
        signer = self._cookie_keys.signer_of(payload, signature)
        if signer is None:
            raise InvalidSession("The session cookie is not one of this service; open a new session.")
        data = json.loads(payload)
        user = None if data["user"] is None else User.from_dict(data["user"])
        return Session(data["sid"], user, self._csrf_token(data["sid"], signer), data["exp"], data["tid"])

    def _csrf_token(self, session_id: str, signer: int = 0) -> str:
        # Of the master key that signed the cookie: pages keep their token when another one becomes the first.
        return _b64(self._csrf_keys.sign(session_id.encode(), by=signer))

    def _set_cookie(self, value: str, max_age_s: int) -> str:
        secure = "; Secure" if self._secure else ""
        return f"{self.cookie_name}={value}; Path=/; Max-Age={max_age_s}; HttpOnly; SameSite=Lax{secure}"


def cookie_values(cookie_header: str, name: str) -> list[str]:
    """Return the values that a ``Cookie`` header has for ``name``, the first few of them."""
    prefix = name + "="
    parts = [part.strip() for part in cookie_header.split(";")]
    return [part[len(prefix) :] for part in parts if part.startswith(prefix)][:MAX_COOKIES]


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _unb64(text: str) -> bytes:
    return base64.b64decode(text.encode("ascii", "strict") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
