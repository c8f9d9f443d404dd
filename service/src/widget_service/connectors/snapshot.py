"""What executions read: an immutable picture of a tenant's connectors, secrets and variables.

The control plane replaces the whole picture when something changes; a running execution keeps the one that it
started with.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from types import MappingProxyType

from widget_service.connectors.compiling import CompiledConnector, compile_connector
from widget_service.connectors.compiling_composites import CompiledComposite, compile_composite
from widget_service.connectors.definition import CompositeDefinition, ConnectorDefinition

DEFAULT_TENANT = "default"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One tenant's picture. Secrets are kept out of ``repr``."""

    tenant_id: str = DEFAULT_TENANT
    connectors: Mapping[str, CompiledConnector] = field(default_factory=dict)
    composites: Mapping[str, CompiledComposite] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    secret_origins: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """The only origins that a secret may be sent to, for the secrets that are bound."""
    value_versions: Mapping[str, str] = field(default_factory=dict)
    """For each secret and variable what changes with it, and does not tell a secret."""
    cache_generations: Mapping[str, int] = field(default_factory=dict)
    """The number of the last purge of each connector's kept answers; under an empty name, of all."""
    captures: Mapping[str, float] = field(default_factory=dict)
    """Until when bodies of a connector's calls are kept, as Unix seconds, for the connectors where they are."""


def build_snapshot(
    definitions: Iterable[ConnectorDefinition],
    *,
    secrets: Mapping[str, str],
    variables: Mapping[str, str],
    secret_origins: Mapping[str, frozenset[str]] | None = None,
    composites: Iterable[CompositeDefinition] = (),
    tenant_id: str = DEFAULT_TENANT,
) -> Snapshot:
    """Compile ``definitions`` and ``composites`` into a snapshot."""
    compiled = (compile_connector(definition) for definition in definitions)
    compiled_composites = (compile_composite(definition) for definition in composites)
    return Snapshot(
        tenant_id=tenant_id,
        connectors=MappingProxyType({connector.permalink: connector for connector in compiled}),
        composites=MappingProxyType({composite.permalink: composite for composite in compiled_composites}),
        variables=MappingProxyType(dict(variables)),
        secrets=MappingProxyType(dict(secrets)),
        secret_origins=MappingProxyType(dict(secret_origins or {})),
        value_versions=_versions_of({**variables, **secrets}),
    )


def _versions_of(values: Mapping[str, str]) -> dict[str, str]:
    """Return a version for each value that has none of its own: a digest."""
    return {
        name: blake2b(value.encode("utf-8", "replace"), digest_size=16).hexdigest() for name, value in values.items()
    }


NOTHING = Snapshot()
"""What a call of nobody known can execute."""


class SnapshotHolder:
    """The one place that says which snapshot is current; replacing it is atomic."""

    def __init__(self, snapshot: Snapshot | None = None) -> None:
        self.current = snapshot or Snapshot()

    def replace(self, snapshot: Snapshot) -> None:
        """Serve ``snapshot`` from the next execution on."""
        self.current = snapshot
