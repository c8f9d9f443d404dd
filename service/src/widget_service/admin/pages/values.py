"""Secrets, which nobody sees again, and variables: by what they are used, and when."""

from starlette.responses import Response

from widget_service.admin.api.preconditions import Precondition, etag
from widget_service.admin.errors import AdminError
from widget_service.admin.pages.page import Page, Visit
from widget_service.control import secret_binding, values
from widget_service.control.value_uses import UNUSED, value_uses
from widget_service.identity.rights import SET_SECRETS, WRITE
from widget_service.storage.values import Secret, Variable


def show(visit: Visit) -> Response:
    """Show all of both."""
    plane, tenant_id = visit.context.plane, visit.tenant_id
    used = value_uses(plane, tenant_id)
    secrets, variables = values.list_secrets(plane, tenant_id), values.list_variables(plane, tenant_id)
    known = {secret.name for secret in secrets} | {variable.name for variable in variables}
    return visit.render(
        "values.html",
        secrets=[(each, used.get(each.name, UNUSED)) for each in secrets],
        variables=[(each, used.get(each.name, UNUSED)) for each in variables],
        missing=[(name, use.read_by) for name, use in sorted(used.items()) if use.read_by and name not in known],
        wanted=visit.query.get("name", ""),
    )


def set_secret(visit: Visit) -> Response:
    """Make or replace a secret; one that is there only where that was said."""
    name, origins = visit.form.get("name", "").strip(), visit.form.get("origins", "").split()
    values.set_secret(
        visit.context.plane,
        visit.tenant_id,
        name,
        visit.form.get("value", ""),
        actor=visit.actor,
        origins=origins or None,
        check=_check(visit),
    )
    return visit.redirect(visit.link("/values", done=f"The secret {name} is set."))


def bind_secret(visit: Visit) -> Response:
    """Say which destinations a secret may be sent to, as it was shown; none: any."""
    name, origins = visit.form.get("name", ""), visit.form.get("origins", "").split()
    if not origins and visit.form.get("lift") != "yes":
        raise AdminError("INVALID", "No destination is named. To have the secret sent anywhere, lift its binding.")
    condition = Precondition(etag(visit.form.get("revision", "")), None)
    secret_binding.bind_secret(
        visit.context.plane,
        visit.tenant_id,
        name,
        () if visit.form.get("lift") == "yes" else origins,
        actor=visit.actor,
        check=lambda found: condition.check(etag(found.revision)),
    )
    told = "any destination that a connector names" if visit.form.get("lift") == "yes" else " and ".join(origins)
    return visit.redirect(visit.link("/values", done=f"The secret {name} is sent to {told} from now on."))


def set_variable(visit: Visit) -> Response:
    """Make or replace a variable, as it was shown."""
    name, value = visit.form.get("name", "").strip(), visit.form.get("value", "")
    values.set_variable(visit.context.plane, visit.tenant_id, name, value, actor=visit.actor, check=_check(visit))
    return visit.redirect(visit.link("/values", done=f"The variable {name} is set."))


def delete_secret(visit: Visit) -> Response:
    """Delete a secret, as it was shown."""
    name = visit.form.get("name", "")
    values.remove_secret(visit.context.plane, visit.tenant_id, name, actor=visit.actor, check=_check(visit))
    return visit.redirect(visit.link("/values", done=f"The secret {name} is deleted."))


def delete_variable(visit: Visit) -> Response:
    """Delete a variable, as it was shown."""
    name = visit.form.get("name", "")
    values.remove_variable(visit.context.plane, visit.tenant_id, name, actor=visit.actor, check=_check(visit))
    return visit.redirect(visit.link("/values", done=f"The variable {name} is deleted."))


def _check(visit: Visit) -> values.Check:
    """A form says which version it is of; one without is for a new value."""
    version = visit.form.get("version", "")
    condition = Precondition(etag(version) if version else None, None if version else "*")

    def check(found: Secret | Variable | None) -> None:
        condition.check(None if found is None else etag(found.version))

    return check


PAGES = (
    Page(path="/values", show=show),
    Page(method="POST", path="/secrets/set", show=set_secret, access=SET_SECRETS),
    Page(method="POST", path="/secrets/bind", show=bind_secret, access=SET_SECRETS),
    Page(method="POST", path="/secrets/delete", show=delete_secret, access=SET_SECRETS),
    Page(method="POST", path="/variables/set", show=set_variable, access=WRITE),
    Page(method="POST", path="/variables/delete", show=delete_variable, access=WRITE),
)
