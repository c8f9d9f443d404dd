"""Snapshots from the database: what executions read, built anew when something was changed."""

from collections.abc import Iterator, Mapping
from hashlib import sha256
from types import MappingProxyType

from widget_service.connectors.snapshot import Snapshot
from widget_service.connectors.stored import StoredComposite, StoredComposites, StoredConnector, StoredConnectors
from widget_service.control.plane import ControlPlane
from widget_service.errors import ServiceError
from widget_service.storage import cache_purges, captures, definitions, tenant_keys, tenants, values
from widget_service.storage.changes import Read
from widget_service.storage.values import Secret
from widget_service.vault import TenantKey, VaultError


class StoredSecrets(Mapping[str, str]):
    """A tenant's secrets, decrypted when one is read: a process holds no more plaintext than it is about to send."""

    def __init__(self, secrets: Mapping[str, Secret], keys: Mapping[str, TenantKey]) -> None:
        self._secrets, self._keys = secrets, keys

    def __getitem__(self, name: str) -> str:
        secret = self._secrets[name]
        try:
            return self._keys[secret.key_id].decrypt(name, secret.version, secret.ciphertext)
        except (VaultError, KeyError) as error:
            reason = str(error) if isinstance(error, VaultError) else f"its key '{secret.key_id}' is missing"
            raise ServiceError(
                "INTERNAL_ERROR",
                f"The secret '{name}' cannot be decrypted; widget-service doctor says why.",
                log_detail=reason,
            ) from None

    def __contains__(self, name: object) -> bool:
        return name in self._secrets

    def __iter__(self) -> Iterator[str]:
        return iter(self._secrets)

    def __len__(self) -> int:
        return len(self._secrets)

    def __repr__(self) -> str:
        return f"StoredSecrets({', '.join(self._secrets)})"


class SnapshotSource:
    """Reads a tenant's snapshots; what did not change since the last one stays compiled."""

    def __init__(self, plane: ControlPlane, tenant_id: str) -> None:
        self._plane, self._tenant_id = plane, tenant_id
        self._connectors: StoredConnectors | None = None
        self._composites: StoredComposites | None = None

    def read(self) -> Snapshot:
        """Return the tenant as it is now; raise `StorageError`, and `VaultError` where its keys cannot be opened."""
        with self._plane.database.read() as read:
            return self.read_in(read)

    def read_in(self, read: Read) -> Snapshot:
        """Return the tenant as it is in one state of the database."""
        tenants.get(read, self._tenant_id)
        stored = definitions.of_tenant(read, self._tenant_id)
        secrets = {secret.name: secret for secret in values.secrets_of(read, self._tenant_id)}
        listed = values.variables_of(read, self._tenant_id)
        keys = {key.id: self._plane.tenant_key(key) for key in tenant_keys.of_tenant(read, self._tenant_id)}
        purges = cache_purges.of_tenant(read, self._tenant_id)
        captured = captures.of_tenant(read, self._tenant_id)
        variables = {variable.name: variable.value for variable in listed}
        variables_versions = {variable.name: f"{variable.revision}" for variable in listed}
        self._connectors = StoredConnectors(
            (
                StoredConnector(definition.permalink, definition.digest, definition.definition)
                for definition in stored
                if definition.kind == "connector"
            ),
            self._connectors,
        )
        self._composites = StoredComposites(
            (
                StoredComposite(definition.permalink, definition.digest, definition.definition)
                for definition in stored
                if definition.kind == "composite"
            ),
            self._composites,
        )
        return Snapshot(
            tenant_id=self._tenant_id,
            connectors=self._connectors,
            composites=self._composites,
            variables=MappingProxyType(variables),
            secrets=StoredSecrets(secrets, keys),
            secret_origins={name: frozenset(secret.origins) for name, secret in secrets.items() if secret.origins},
            cache_generations=purges,
            captures={name: until.timestamp() for name, until in captured.items()},
            value_versions=variables_versions | {name: _version_of(secret) for name, secret in secrets.items()},
        )


def _version_of(secret: Secret) -> str:
    """Return what no other value of that name has ever had, also where one was deleted and set again."""
    return f"{secret.version}-{sha256(secret.ciphertext).hexdigest()[:32]}"
