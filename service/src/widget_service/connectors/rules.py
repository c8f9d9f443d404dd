"""What a definition is held against beside its own text: the service's settings and the tenant's other names."""

from collections.abc import Collection
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """``None`` for a collection of names means that they are not known: nothing is said about names then.

    ``connectors`` are permalinks of stored connectors beside those of the registry itself.
    """

    allow_insecure: bool = False
    allowed_private_networks: tuple[IPv4Network | IPv6Network, ...] = ()
    max_timeout_ms: int = 15_000
    secrets: Collection[str] | None = None
    variables: Collection[str] | None = None
    connectors: Collection[str] | None = None
