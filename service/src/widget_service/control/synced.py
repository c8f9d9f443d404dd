"""Registries as lists show them, and deleting one with all that came from it."""

from dataclasses import dataclass

from widget_service.control.audit_details import details_of
from widget_service.control.definitions import as_definition
from widget_service.control.plane import ControlPlane
from widget_service.control.registries import Check, any_state
from widget_service.control.secret_use import SecretsNotYours
from widget_service.registry.sync import plan_sync
from widget_service.storage import definitions, git_sources, registries, tenants
from widget_service.storage.actors import Who
from widget_service.storage.errors import NotFound
from widget_service.storage.registries import Registry


@dataclass(frozen=True, slots=True)
class ListedRegistry:
    """A registry, and how many definitions came from it."""

    of: Registry
    connectors: int
    composites: int


def list_registries(plane: ControlPlane, tenant_id: str) -> list[ListedRegistry]:
    """Return all registries of the tenant, by name; raise `NotFound`."""
    with plane.database.read() as read:
        tenants.get(read, tenant_id)
        found = registries.of_tenant(read, tenant_id)
        kinds = [(row.registry_id, row.kind) for row in definitions.of_tenant(read, tenant_id)]
    return [
        ListedRegistry(each, kinds.count((each.id, "connector")), kinds.count((each.id, "composite"))) for each in found
    ]


def get_registry(plane: ControlPlane, tenant_id: str, registry_id: str) -> ListedRegistry:
    """Return one; raise `NotFound`."""
    for each in list_registries(plane, tenant_id):
        if each.of.id == registry_id:
            return each
    raise NotFound(f"There is no registry {registry_id!r}.")


def remove_registry(
    plane: ControlPlane, tenant_id: str, registry_id: str, *, actor: Who, check: Check = any_state
) -> None:
    """Delete a registry with all definitions that came from it, and sync it no more; raise `NotFound`.

    To have it come from no repository any more takes the right that having it come from there took: the use of secrets.
    """
    with plane.database.change(actor=actor, action="registry.rm", tenant_id=tenant_id) as change:
        tenants.get(change, tenant_id)
        known = registries.find(change, tenant_id, registry_id)
        if known is not None:
            check(known)
        if git_sources.find(change, tenant_id, registry_id) is not None and not change.by.may_use_secrets:
            raise SecretsNotYours(
                f"The registry '{registry_id}' comes from a repository: removing that needs the right to use secrets."
            )
        before = [as_definition(row) for row in definitions.of_registry(change, tenant_id, registry_id)]
        registries.delete(change, tenant_id, registry_id)
        git_sources.delete(change, tenant_id, registry_id)
        change.summary = {"registry": registry_id, "deleted": len(before)}
        change.note(**details_of(plan_sync(before, [])))
