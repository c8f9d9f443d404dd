"""A grant: what a token endpoint is asked for, rendered for one request, and the key of the token it gives."""

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import sha256
from typing import Any, NamedTuple, Self

DEFAULT_TTL_S = 300
"""How long a token is kept that does not say when it expires."""

Pair = tuple[str, str]


class TokenKey(NamedTuple):
    """Tells one token from all others: the tenant, and a digest of everything that the token depends on."""

    tenant_id: str
    digest: str


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """A request to a token endpoint; ``basic`` are identifier and secret of a client that signs in by HTTP Basic.

    ``is_repeatable`` says that asking twice does no harm.
    """

    url: str
    form: tuple[Pair, ...] = field(repr=False)
    basic: Pair | None = field(default=None, repr=False)
    is_repeatable: bool = True


@dataclass(frozen=True, kw_only=True)
class TokenGrant(ABC):
    """One way to a token.

    ``config`` is rendered; ``identity`` is what tells it from other configurations. ``secret_names`` went into it, and
    ``hidden`` are the values that must not be shown.
    """

    tenant_id: str
    type: str
    config: Mapping[str, Any] = field(repr=False)
    identity: Mapping[str, Any] = field(repr=False)
    secret_names: frozenset[str] = frozenset()
    hidden: tuple[str, ...] = field(default=(), repr=False)

    @property
    def url(self) -> str:
        """The token endpoint."""
        return self.text("token_url")

    @cached_property
    def key(self) -> TokenKey:
        """The key of the token: no scope, claim, audience or tenant ever gets another's."""
        return self._key_of(self.identity)

    @cached_property
    def lease_key(self) -> TokenKey:
        """The key under which one process at a time asks for the token."""
        return self.key

    @property
    def default_ttl_s(self) -> int:
        """Seconds to keep a token that does not say when it expires."""
        return DEFAULT_TTL_S

    @abstractmethod
    def request(self, now: float) -> TokenRequest:
        """Return what the endpoint is asked at ``now`` (Unix seconds); raise ``JWT_SIGNING_ERROR``."""

    def text(self, name: str) -> str:
        """Return a value of the configuration, an empty text for one that is not there."""
        value = self.config.get(name)
        return "" if value is None else str(value)

    def form(self, *pairs: Pair) -> tuple[Pair, ...]:
        """Return the form of the request: ``pairs`` that have a value, then ``extra_params``, which replace them.

        A parameter is never sent twice (RFC 6749 §3.2).
        """
        given = {name: value for name, value in pairs if value}
        return tuple((given | dict(self.config.get("extra_params") or {})).items())

    def _key_of(self, identity: Mapping[str, Any]) -> TokenKey:
        text = json.dumps([self.tenant_id, self.type, identity], sort_keys=True)
        return TokenKey(self.tenant_id, sha256(text.encode("ascii")).hexdigest())


@dataclass(frozen=True, kw_only=True)
class RotatingGrant(TokenGrant):
    """A grant by a refresh token, which the server may replace. ``secret`` names the secret it is kept in, if one."""

    secret: str | None = None

    @property
    def refresh_token(self) -> str:
        """The token that a new access token is asked for with."""
        return self.text("refresh_token")

    @cached_property
    def lease_key(self) -> TokenKey:
        """The same for a refresh token and those that replace it: using one twice may revoke them all."""
        if self.secret is None:
            return self.key
        return self._key_of({**self.identity, "refresh_token": {"secret": self.secret}})

    def by(self, refresh_token: str) -> Self:
        """Return the same grant by another refresh token."""
        named = {"refresh_token": refresh_token}
        return replace(
            self,
            config={**self.config, **named},
            identity={**self.identity, **named},
            hidden=(*self.hidden, refresh_token),
        )
