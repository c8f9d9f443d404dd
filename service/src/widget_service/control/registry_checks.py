"""What a registry is checked against in the store: whose name it has, what others made, and what the plan rests on."""

from widget_service.connectors.literal_credentials import masks_in
from widget_service.connectors.problems import Problem, in_order
from widget_service.control.collisions import collisions, permalinks_in
from widget_service.control.plane import ControlPlane
from widget_service.control.registry_source import Source
from widget_service.registry.load import Document
from widget_service.registry.validate import OnProgress, validate_connectors
from widget_service.storage import git_sources, registries, values
from widget_service.storage.changes import Read
from widget_service.storage.definitions import StoredDefinition
from widget_service.storage.errors import Conflict


def check_source(read: Read, tenant_id: str, source: Source, *, moved: bool) -> None:
    """Raise `Conflict` where the name is that of another registry, or only a repository may say what is in it.

    Two folders of one name are two registries: syncing one must not delete what came from the other.
    """
    if source.kind != "git" and git_sources.find(read, tenant_id, source.id) is not None:
        raise Conflict(f"The registry '{source.id}' comes from a repository: push there.")
    known = registries.find(read, tenant_id, source.id)
    if known is not None and known.source != source.place and not moved:
        raise Conflict(
            f"The registry '{source.id}' was synced from {known.source}. If it is the same and was moved, say so "
            "with --moved; if it is another, give it a name of its own with --name."
        )


def problems_in(
    plane: ControlPlane,
    read: Read,
    tenant_id: str,
    document: Document,
    others: list[StoredDefinition],
    on_progress: OnProgress | None,
) -> list[Problem]:
    settings, own = plane.settings, permalinks_in(document.value)
    report = validate_connectors(
        document,
        allow_insecure=settings.allow_insecure_upstreams,
        allowed_private_networks=settings.allowed_private_networks,
        max_timeout_ms=int(settings.upstream_timeout_s * 1000),
        secrets=[secret.name for secret in values.secrets_of(read, tenant_id)],
        variables=[variable.name for variable in values.variables_of(read, tenant_id)],
        connectors=[row.permalink for row in others if row.kind == "connector" and row.permalink not in own],
        on_progress=on_progress,
    )
    return list(in_order([*report.problems, *masks_in(document.value), *collisions(document, others)]))


def basis_of(read: Read, tenant_id: str, registry_id: str, stored: list[StoredDefinition]) -> frozenset[object]:
    """Return all of the store that a check and a plan rest on; values of secrets and variables are not among it."""
    return frozenset(
        {
            *((row.permalink, row.kind, row.registry_id, row.digest) for row in stored),
            *(("secret", secret.name) for secret in values.secrets_of(read, tenant_id)),
            *(("variable", variable.name) for variable in values.variables_of(read, tenant_id)),
            ("registry", registries.find(read, tenant_id, registry_id)),
            ("is from git", git_sources.find(read, tenant_id, registry_id) is not None),
        }
    )
