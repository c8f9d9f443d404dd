"""Tenants: adding one gives it the key that its secrets are encrypted with."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from widget_service.connectors.snapshot import DEFAULT_TENANT
from widget_service.control.origins import host_of, key_set_url_of, origin_of
from widget_service.control.plane import ControlPlane
from widget_service.control.user_keys import JWKS_URL, checked_user_keys, read_own_keys, write_user_keys
from widget_service.identity.quotas import Quotas
from widget_service.storage import tenants
from widget_service.storage.actors import Who
from widget_service.storage.changes import Change
from widget_service.storage.errors import InvalidValue
from widget_service.storage.tenants import Tenant

QUOTAS = "quotas"

Check = Callable[[Tenant | None], None]
"""Is called inside the transaction with what is there; what it raises takes the change back."""


def any_state(_: Tenant | None) -> None:
    """The check of who does not mind what is there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantSettings:
    """What is said of a tenant beside its hosts and origins; None leaves it as it is.

    ``user_key`` is the text of a key file, ``jwks_url`` an address; an empty text takes either away. ``quotas`` maps
    names of `Quotas` to numbers; 0 takes a limit away.
    """

    allow_anonymous: bool | None = None
    user_key: str | None = None
    jwks_url: str | None = None
    quotas: Mapping[str, int] | None = None


NOTHING_SAID = TenantSettings()


def add_tenant(
    plane: ControlPlane,
    tenant_id: str,
    *,
    actor: Who,
    hosts: Iterable[str] = (),
    origins: Iterable[str] = (),
    settings: TenantSettings = NOTHING_SAID,
    check: Check = any_state,
) -> Tenant:
    """Add a tenant with a key of its own; raise `ChangeRefused`."""
    hosts, origins = [host_of(host) for host in hosts], [origin_of(origin) for origin in origins]
    with plane.database.change(actor=actor, action="tenant.add", tenant_id=tenant_id) as change:
        check(tenants.find(change, tenant_id))
        tenant = tenants.add(change, tenant_id, hosts=hosts, origins=origins)
        plane.add_key(change, tenant_id)
        tenant = _set(plane, change, tenant, settings)
        change.note(after=_told(tenant))
    return tenant


def list_tenants(plane: ControlPlane) -> list[Tenant]:
    """Return all tenants, by name."""
    with plane.database.read() as read:
        return tenants.all_tenants(read)


def get_tenant(plane: ControlPlane, tenant_id: str) -> Tenant:
    """Return the tenant; raise `NotFound`."""
    with plane.database.read() as read:
        return tenants.get(read, tenant_id)


def describe_user_keys(plane: ControlPlane, tenant_id: str) -> list[str]:
    """Return a tenant's own user keys in words that tell nothing secret; raise `NotFound`, `VaultError`."""
    with plane.database.read() as read:
        tenants.get(read, tenant_id)
        return [key.description for key in read_own_keys(plane, read, tenant_id)]


def set_tenant(
    plane: ControlPlane,
    tenant_id: str,
    *,
    actor: Who,
    hosts: Iterable[str] | None = None,
    origins: Iterable[str] | None = None,
    settings: TenantSettings = NOTHING_SAID,
    check: Check = any_state,
) -> Tenant:
    """Replace what is given; raise `ChangeRefused`."""
    hosts = None if hosts is None else [host_of(host) for host in hosts]
    origins = None if origins is None else [origin_of(origin) for origin in origins]
    with plane.database.change(actor=actor, action="tenant.set", tenant_id=tenant_id) as change:
        before = tenants.get(change, tenant_id)
        check(before)
        after = tenants.update(change, tenant_id, hosts=hosts, origins=origins)
        after = _set(plane, change, after, settings)
        if after != before:
            change.note(before=_told(before), after=_told(after))
        return after


def remove_tenant(plane: ControlPlane, tenant_id: str, *, actor: Who, check: Check = any_state) -> None:
    """Delete a tenant with its connectors, secrets and variables; raise `NotFound`."""
    with plane.database.change(actor=actor, action="tenant.rm", tenant_id=tenant_id) as change:
        before = tenants.get(change, tenant_id)
        check(before)
        change.note(before=_told(before))
        tenants.delete(change, tenant_id)


def _told(tenant: Tenant) -> dict[str, object]:
    """Return what the audit log holds of a tenant."""
    return {
        "name": tenant.id,
        "hosts": list(tenant.hosts),
        "origins": list(tenant.origins),
        "allow_anonymous": tenant.allow_anonymous,
        "settings": dict(tenant.settings),
    }


def unreachable_tenants(plane: ControlPlane) -> list[str]:
    """Return the tenants that no host leads to: with several, or with any host list, names must be listed.

    The host of ``PUBLIC_URL`` leads to the default tenant, and to the others by the user token.
    """
    return unreachable(plane, list_tenants(plane))


def unreachable(plane: ControlPlane, listed: Sequence[Tenant]) -> list[str]:
    """Return those of all tenants that no host leads to."""
    if plane.settings.public_url is not None or (len(listed) == 1 and listed[0].id == DEFAULT_TENANT):
        return []
    return [tenant.id for tenant in listed if not tenant.hosts]


def _set(plane: ControlPlane, change: Change, tenant: Tenant, wanted: TenantSettings) -> Tenant:
    if wanted.user_key is not None:
        keys = checked_user_keys(wanted.user_key) if wanted.user_key else []
        write_user_keys(plane, change, tenant.id, keys)
        change.summary["user_keys"] = [key.description for key in keys]
    return tenants.update(
        change,
        tenant.id,
        allow_anonymous=wanted.allow_anonymous,
        settings=_settings(plane, tenant, wanted),
    )


def _settings(plane: ControlPlane, tenant: Tenant, wanted: TenantSettings) -> dict[str, Any]:
    settings = dict(tenant.settings)
    if wanted.jwks_url is not None:
        insecure = plane.settings.allow_insecure_upstreams
        settings[JWKS_URL] = key_set_url_of(wanted.jwks_url, allow_insecure=insecure) if wanted.jwks_url else None
    if wanted.quotas is not None:
        settings[QUOTAS] = Quotas.from_stored({**tenant.quotas, **_checked(wanted.quotas)}).as_stored()
    return {name: value for name, value in settings.items() if value}


def _checked(quotas: Mapping[str, int]) -> Mapping[str, int]:
    wrong = [f"{name} {value}" for name, value in quotas.items() if not 0 <= value <= 10**9]
    if wrong:
        raise InvalidValue(f"A quota is a number from 1, or 0 for no limit: {', '.join(wrong)}.")
    return quotas
