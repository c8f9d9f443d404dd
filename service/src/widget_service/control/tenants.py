"""Tenants: adding one gives it the key that its secrets are encrypted with."""

from collections.abc import Iterable

from widget_service.control.plane import ControlPlane
from widget_service.egress.urls import DEFAULT_PORTS, UrlError, parse_url
from widget_service.storage import tenants
from widget_service.storage.actors import Who
from widget_service.storage.errors import InvalidValue
from widget_service.storage.tenants import Tenant


def add_tenant(
    plane: ControlPlane, tenant_id: str, *, actor: Who, hosts: Iterable[str] = (), origins: Iterable[str] = ()
) -> Tenant:
    """Add a tenant with a key of its own; raise `ChangeRefused`."""
    hosts, origins = [host_of(host) for host in hosts], [origin_of(origin) for origin in origins]
    with plane.database.change(actor=actor, action="tenant.add", tenant_id=tenant_id) as change:
        tenant = tenants.add(change, tenant_id, hosts=hosts, origins=origins)
        plane.add_key(change, tenant_id)
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


def hosts_of(plane: ControlPlane, tenant_id: str) -> tuple[list[str], list[str]]:
    """Return the host names that the tenant lists, and those that all others list."""
    listed = [(tenant.id == tenant_id, host) for tenant in list_tenants(plane) for host in tenant.hosts]
    return [host for is_own, host in listed if is_own], [host for is_own, host in listed if not is_own]


def set_tenant(
    plane: ControlPlane,
    tenant_id: str,
    *,
    actor: Who,
    hosts: Iterable[str] | None = None,
    origins: Iterable[str] | None = None,
) -> Tenant:
    """Replace what is given; raise `ChangeRefused`."""
    hosts = None if hosts is None else [host_of(host) for host in hosts]
    origins = None if origins is None else [origin_of(origin) for origin in origins]
    with plane.database.change(actor=actor, action="tenant.set", tenant_id=tenant_id) as change:
        before = tenants.get(change, tenant_id)
        after = tenants.update(change, tenant_id, hosts=hosts, origins=origins)
        if after != before:
            change.note(before=_told(before), after=_told(after))
        return after


def remove_tenant(plane: ControlPlane, tenant_id: str, *, actor: Who) -> None:
    """Delete a tenant with its connectors, secrets and variables; raise `NotFound`."""
    with plane.database.change(actor=actor, action="tenant.rm", tenant_id=tenant_id) as change:
        change.note(before=_told(tenants.get(change, tenant_id)))
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


def host_of(text: str) -> str:
    """Return a host name in its normal form; raise `InvalidValue` for what is none."""
    try:
        url = parse_url(f"https://{text}")
    except UrlError as error:
        raise InvalidValue(f"{text!r} is no host name such as widgets.example.com: {error}.") from None
    if url.port != DEFAULT_PORTS["https"] or url.origin != f"https://{text.lower()}":
        raise InvalidValue(f"{text!r} is more than a host name; leave out scheme, port and path: {url.host}.")
    return text.lower()


def origin_of(text: str) -> str:
    """Return an origin in its normal form; raise `InvalidValue` for what is none."""
    try:
        url = parse_url(text)
    except UrlError as error:
        raise InvalidValue(f"{text!r} is no origin such as https://api.example.com: {error}.") from None
    if url.path not in ("", "/") or url.query:
        raise InvalidValue(f"{text!r} has a path; an origin is only https://host[:port].")
    return url.origin
