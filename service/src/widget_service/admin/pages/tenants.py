"""A tenant's page: its hosts, the origins and users that may call, its limits, and deleting it; for owners."""

from typing import Any, Final

from starlette.responses import Response

from widget_service.admin.api.preconditions import Precondition, etag
from widget_service.admin.errors import AdminError
from widget_service.admin.pages.numbers import whole_number
from widget_service.admin.pages.page import Page, Visit
from widget_service.connectors.snapshot import DEFAULT_TENANT
from widget_service.control import tenants
from widget_service.control.tenants import TenantSettings
from widget_service.control.user_keys import JWKS_URL
from widget_service.identity.rights import OWNER_ALL, OWNER_READ
from widget_service.storage.tenants import Tenant
from widget_service.vault import VaultError

_QUOTAS: Final = {
    "max_connectors": ("Connectors", "Connectors and composites that are kept."),
    "executions_per_minute": ("Calls a minute", "Of all callers together."),
    "executions_per_minute_and_caller": ("Calls a minute and caller", "Of one user, or of one anonymous address."),
    "max_concurrent_executions": ("Calls at a time", "In each process."),
}
_MAX_QUOTA: Final = 10**9


def show(visit: Visit) -> Response:
    """Show all that is said of a tenant; of its secret keys only what kind they are."""
    found = tenants.get_tenant(visit.context.plane, visit.part("name"))
    try:
        keys, fault = tenants.describe_user_keys(visit.context.plane, found.id), ""
    except VaultError as error:
        keys, fault = [], str(error)
    return visit.render(
        "tenant.html",
        found=found,
        keys=keys,
        fault=fault,
        jwks_url=found.settings.get(JWKS_URL) or "",
        quotas=[(name, *told, found.quotas.get(name)) for name, told in _QUOTAS.items()],
        is_unreachable=found.id in tenants.unreachable_tenants(visit.context.plane),
        is_default=found.id == DEFAULT_TENANT,
    )


def add(visit: Visit) -> Response:
    """Make a tenant; its page takes the rest."""
    name, hosts = visit.form.get("name", "").strip(), visit.form.get("hosts", "").split()
    tenants.add_tenant(visit.context.plane, name, actor=visit.actor, hosts=hosts)
    return visit.redirect(visit.link(f"/access/tenants/{name}", done=f"The tenant {name} is made."))


def change(visit: Visit) -> Response:
    """Set hosts, origins, who may call and the limits, as they were shown."""
    form = visit.form
    settings = TenantSettings(
        allow_anonymous=form.get("allow_anonymous") == "yes",
        jwks_url=form.get("jwks_url", "").strip(),
        quotas={name: _quota(form.get(name, "").strip(), told) for name, (told, _) in _QUOTAS.items()},
    )
    return _set(
        visit, "is set", hosts=form.get("hosts", "").split(), origins=form.get("origins", "").split(), settings=settings
    )


def change_keys(visit: Visit) -> Response:
    """Replace the tenant's own keys of user tokens, or take them away."""
    if visit.form.get("what") == "remove":
        return _set(visit, "has no keys of its own now", settings=TenantSettings(user_key=""))
    text = visit.form.get("user_key", "")
    if not text.strip():
        raise AdminError("INVALID", "There is no key in what was sent: paste the text of a key file.")
    return _set(visit, "has these keys now", settings=TenantSettings(user_key=text))


def delete(visit: Visit) -> Response:
    """Delete a tenant with all that it has, where its name was written to confirm that."""
    name = visit.part("name")
    if name == DEFAULT_TENANT:
        raise AdminError("CONFLICT", f"The tenant {name} stays: these pages begin with it.")
    if visit.form.get("confirmed", "").strip() != name:
        raise AdminError("INVALID", f"Nothing was deleted: to delete the tenant, write its name, {name}.")
    tenants.remove_tenant(visit.context.plane, name, actor=visit.actor, check=_unchanged(visit))
    return visit.redirect(visit.link("/access", tenant="", done=f"The tenant {name} is deleted with all that it had."))


def _set(visit: Visit, told: str, **wanted: Any) -> Response:
    name = visit.part("name")
    tenants.set_tenant(visit.context.plane, name, actor=visit.actor, check=_unchanged(visit), **wanted)
    return visit.redirect(visit.link(f"/access/tenants/{name}", done=f"The tenant {name} {told}."))


def _unchanged(visit: Visit) -> tenants.Check:
    condition = Precondition(etag(visit.form.get("revision", "")), None)

    def check(found: Tenant | None) -> None:
        condition.check(None if found is None else etag(found.revision))

    return check


def _quota(text: str, told: str) -> int:
    return whole_number(text, told, least=0, most=_MAX_QUOTA) if text else 0


PAGES = (
    Page(method="POST", path="/access/tenants", show=add, access=OWNER_ALL),
    Page(path="/access/tenants/{name}", show=show, access=OWNER_READ),
    Page(method="POST", path="/access/tenants/{name}", show=change, access=OWNER_ALL),
    Page(method="POST", path="/access/tenants/{name}/keys", show=change_keys, access=OWNER_ALL),
    Page(method="POST", path="/access/tenants/{name}/delete", show=delete, access=OWNER_ALL),
)
