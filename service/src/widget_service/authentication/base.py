"""What a way to sign in makes of its configuration for one request. Nothing here does I/O."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar, Literal, NamedTuple

from widget_service.authentication.grant import TokenGrant
from widget_service.templating import Reads, RenderContext


class Credential(NamedTuple):
    """One header or query parameter that signs the request in; it replaces everything else of that name."""

    place: Literal["header", "query"]
    key: str
    value: str
    identity: str | None = None
    """What the value stands for, where it is another for each call; it tells no secret."""

    def __repr__(self) -> str:
        return f"Credential({self.place}, {self.key!r}, ••••••)"


def bearer(token: str) -> Credential:
    """Return the credential of a token (RFC 6750 §2.1)."""
    return Credential("header", "Authorization", f"Bearer {token}")


class Authenticator(ABC):
    """Signs requests in to a destination. Immutable; one per connector."""

    reads: Sequence[Reads]
    may_send_again: ClassVar[bool] = False
    """Whether a request that was refused is sent a second time, with another credential: its body is held then."""
    signs: ClassVar[bool] = False
    """Whether preparing makes a signature, which takes time worth telling."""

    @abstractmethod
    def prepare(self, context: RenderContext) -> Credential | TokenGrant:
        """Return the credential for one request, or the grant by which a token is obtained for it.

        Raises `widget_service.errors.ConfigurationError` where a template or a key cannot be used.
        """
