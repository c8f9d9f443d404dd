"""What the database holds, tenant by tenant: keys that open, secrets that decrypt, definitions that compile."""

import json
from collections.abc import Iterator, Sized
from pathlib import Path

from pydantic import ValidationError

from widget_service.connectors.definition import CompositeDefinition
from widget_service.connectors.stored import StoredConnector
from widget_service.control.definitions import readers
from widget_service.control.doctor.finding import Finding, good, note, wrong
from widget_service.control.plane import ControlPlane
from widget_service.control.registries import content_digest
from widget_service.control.tenants import unreachable
from widget_service.control.user_keys import read_own_keys
from widget_service.errors import ServiceError
from widget_service.storage import definitions, git_sources, registries, tenant_keys, tenants, values
from widget_service.storage.changes import Read
from widget_service.storage.definitions import StoredDefinition
from widget_service.storage.git_sources import GitSource
from widget_service.storage.registries import Registry
from widget_service.vault import TenantKey, VaultError


def findings(plane: ControlPlane) -> Iterator[Finding]:
    """Yield what is known of every tenant; raise `StorageError`."""
    with plane.database.read() as read:
        known = tenants.all_tenants(read)
        if not known:
            yield wrong("tenants", "there is none", "run: widget-service init")
        for tenant in known:
            yield from _tenant(plane, read, tenant.id)
        for tenant_id in unreachable(plane, known):
            yield wrong(
                f"tenant {tenant_id}",
                "no host leads to it: where there are several tenants, or any host is listed, each needs its own",
                f"run: widget-service tenants set {tenant_id} --host HOST, or set WIDGET_SERVICE_PUBLIC_URL",
            )


def _tenant(plane: ControlPlane, read: Read, tenant_id: str) -> Iterator[Finding]:
    subject = f"tenant {tenant_id}"
    keys, faults = _open_keys(plane, read, tenant_id)
    secrets = values.secrets_of(read, tenant_id)
    for secret in secrets:
        key = keys.get(secret.key_id)
        try:
            if key is not None:  # one that does not open is a fault already
                key.decrypt(secret.name, secret.version, secret.ciphertext)
        except VaultError as error:
            faults.append(str(error))
    try:
        read_own_keys(plane, read, tenant_id)
    except VaultError as error:
        faults.append(str(error))
    rows = definitions.of_tenant(read, tenant_id)
    yield from (wrong(subject, fault) for fault in faults)
    if not faults:
        yield good(subject, f"{_count(keys, 'key')} and {_count(secrets, 'secret')} can be decrypted")
    yield from _definitions(subject, tenant_id, rows)
    yield from _unset(read, subject, tenant_id, rows)
    for registry in registries.of_tenant(read, tenant_id):
        yield _registry(tenant_id, registry)
    for source in git_sources.of_tenant(read, tenant_id):
        yield _git_source(tenant_id, source)


def _git_source(tenant_id: str, source: GitSource) -> Finding:
    subject = f"tenant {tenant_id}, repository of '{source.registry_id}'"
    if source.state in ("applied", "new"):
        return good(subject, f"{source.url} was last looked at: {source.checked_at or 'never'}")
    mend = "its report has every problem: GET /api/v1/registries/NAME/git; push a mended one, or POST …/sync"
    return wrong(subject, f"the last push was {source.state}: {source.report.get('message', '')}", mend)


def _open_keys(plane: ControlPlane, read: Read, tenant_id: str) -> tuple[dict[str, TenantKey], list[str]]:
    keys: dict[str, TenantKey] = {}
    faults: list[str] = []
    for stored in tenant_keys.of_tenant(read, tenant_id):
        try:
            keys[stored.id] = plane.tenant_key(stored)
        except VaultError as error:
            faults.append(str(error))
    return keys, faults


def _definitions(subject: str, tenant_id: str, rows: list[StoredDefinition]) -> Iterator[Finding]:
    broken = [row for row in rows if not _compiles(row)]
    for row in broken:
        whose = f"sync its registry '{row.registry_id}' again" if row.registry_id else "save it again"
        yield wrong(subject, f"the definition of {row.permalink} cannot be used by this version", whose)
    if not broken:
        yield good(subject, f"{_count(rows, 'definition')} can be used")


def _compiles(row: StoredDefinition) -> bool:
    try:
        if row.kind == "connector":
            StoredConnector(row.permalink, row.digest, row.definition).compiled()
        else:
            CompositeDefinition.model_validate(json.loads(row.definition))
    except (ServiceError, ValidationError, ValueError):
        return False
    return True


def _unset(read: Read, subject: str, tenant_id: str, rows: list[StoredDefinition]) -> Iterator[Finding]:
    secrets = {secret.name for secret in values.secrets_of(read, tenant_id)}
    variables = {variable.name for variable in values.variables_of(read, tenant_id)}
    by_name = readers(rows)
    for name in sorted({name for row in rows for name in row.secrets} - secrets):
        yield _not_set(subject, f"secret {name}", by_name[name], f"secrets set {name} --tenant {tenant_id}")
    for name in sorted({name for row in rows for name in row.variables} - variables):
        yield _not_set(subject, f"variable {name}", by_name[name], f"variables set {name} VALUE --tenant {tenant_id}")


def _not_set(subject: str, what: str, by: list[str], command: str) -> Finding:
    return wrong(subject, f"nobody has set the {what}; read by {_listed(by)}", f"run: widget-service {command}")


def _registry(tenant_id: str, registry: Registry) -> Finding:
    subject = f"registry {registry.id}"
    path = Path(registry.source)
    remedy = f"widget-service plan {registry.source} --name {registry.id} --tenant {tenant_id} shows what has changed"
    if not path.exists():
        return note(subject, f"{registry.source} is not there", "sync it from where it is, with --moved")
    digest = content_digest(path)
    if digest is None:
        return note(subject, f"{registry.source} cannot be read", f"widget-service validate {registry.source} says why")
    if digest != registry.digest:
        return note(subject, f"{registry.source} has changed since {registry.applied_at:%Y-%m-%d %H:%M} UTC", remedy)
    return good(subject, f"as in {registry.source}")


def _listed(names: list[str], limit: int = 3) -> str:
    return ", ".join(names[:limit]) + (f" and {len(names) - limit} more" if len(names) > limit else "")


def _count(items: Sized, noun: str) -> str:
    return f"{len(items)} {noun}{'' if len(items) == 1 else 's'}"
