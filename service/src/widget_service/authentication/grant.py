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
        return TokenKey(self.tenant_id, digest_of(self.tenant_id, self.type, identity))


@dataclass(frozen=True, kw_only=True)
class RotatingGrant(TokenGrant):
    """A grant by a refresh token, which the server may replace.

    ``secret`` names the secret it is kept in, if one. ``origin`` is the digest of the refresh token that this one goes
    back to, where that is another: all of them stand for one consent, and get one access token.
    """

    secret: str | None = None
    origin: str | None = None

    @property
    def refresh_token(self) -> str:
        """The token that a new access token is asked for with."""
        return self.text("refresh_token")

    @cached_property
    def root(self) -> str:
        """The digest of the refresh token that it all began with."""
        return self.origin or digest_of(self.tenant_id, "refresh_token", self.refresh_token)

    @cached_property
    def key(self) -> TokenKey:
        """The same for a refresh token and those that replace it."""
        return self._key_of({**self.identity, "refresh_token": {"root": self.root}})

    @cached_property
    def lease_key(self) -> TokenKey:
        """The same for all that use one refresh token, whatever else they ask for: twice may end the consent."""
        place = [self.secret] if self.secret is not None else [self.url, self.text("client_id"), self.root]
        return TokenKey(self.tenant_id, digest_of(self.tenant_id, "lease", place))

    @cached_property
    def origin_key(self) -> TokenKey:
        """The key under which processes tell each other where this refresh token comes from."""
        return TokenKey(self.tenant_id, digest_of(self.tenant_id, "origin", [self.lease_key, self.refresh_token]))

    def by(self, refresh_token: str) -> Self:
        """Return the same grant by a refresh token that the server has given in the place of this one's."""
        return self._with(refresh_token, self.root)

    def anew(self, refresh_token: str) -> Self:
        """Return the same grant by a refresh token of which it is not known where it comes from."""
        return self._with(refresh_token, None)

    def of(self, origin: str) -> Self:
        """Return the same grant, now that it is known where its refresh token comes from."""
        return replace(self, origin=origin)

    def _with(self, refresh_token: str, origin: str | None) -> Self:
        named = {"refresh_token": refresh_token}
        return replace(
            self,
            config={**self.config, **named},
            identity={**self.identity, **named},
            hidden=(*self.hidden, refresh_token),
            origin=origin,
        )


def digest_of(*parts: Any) -> str:
    """Return what tells these parts from others and does not tell them."""
    return sha256(json.dumps(parts, sort_keys=True).encode("ascii")).hexdigest()
