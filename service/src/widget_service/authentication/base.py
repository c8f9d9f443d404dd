"""What a way to sign in gives to a request, and the interface that all of them have."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from widget_service.templating import Reads, RenderContext


@dataclass(frozen=True, slots=True)
class Credential:
    """One header or query parameter that signs the request in; it replaces everything else of that name."""

    place: Literal["header", "query"]
    key: str
    value: str

    def __repr__(self) -> str:
        return f"Credential({self.place}, {self.key!r}, ••••••)"


class Authenticator(ABC):
    """Signs requests in to a destination. Immutable; one per connector."""

    reads: Sequence[Reads]
    may_send_again: ClassVar[bool] = False
    """Whether a request that was refused is sent a second time, with another credential: its body is held then."""

    @abstractmethod
    async def credential(self, context: RenderContext) -> Credential:
        """Return the credential for one request.

        Raises `widget_service.errors.ConfigurationError` where a template or a key cannot be used.
        """
