"""``/tenants``: who owns connectors, secrets and variables, at which hosts, and who may call them; for owners."""

from pydantic import Field, SecretStr

from widget_service.admin.api.models import Model, Moment, Page, PageQuery
from widget_service.admin.api.paging import page_of
from widget_service.admin.api.preconditions import etag
from widget_service.admin.api.route import Call, Reply, Route
from widget_service.control import tenants
from widget_service.control.tenants import TenantSettings
from widget_service.control.user_keys import JWKS_URL
from widget_service.identity.rights import OWNER_ALL, OWNER_READ
from widget_service.storage.errors import NotFound
from widget_service.storage.tenants import Tenant

_LIMIT = Field(None, ge=0, le=1_000_000_000, description="0: none.")


class ShownTenant(Model):
    """A tenant."""

    name: str
    hosts: list[str]
    origins: list[str]
    allow_anonymous: bool
    user_keys: list[str] = Field(description="Its keys of user tokens, in words that tell nothing secret.")
    jwks_url: str | None
    quotas: dict[str, int]
    created_at: Moment


class NewQuotas(Model):
    """Limits; what is left out stays as it is."""

    max_connectors: int | None = _LIMIT
    executions_per_minute: int | None = _LIMIT
    executions_per_minute_and_caller: int | None = _LIMIT
    max_concurrent_executions: int | None = _LIMIT


class NewTenant(Model):
    """What is to be set; what is left out stays as it is."""

    hosts: list[str] | None = Field(None, max_length=1000)
    origins: list[str] | None = Field(None, max_length=1000)
    allow_anonymous: bool | None = None
    user_key: SecretStr | None = Field(None, description="The text of a key file; empty: none. It is never told again.")
    jwks_url: str | None = Field(None, max_length=2048, description="Where its keys are published; empty: nowhere.")
    quotas: NewQuotas | None = None


def list_all(call: Call) -> Reply:
    """Answer with a page of the tenants."""
    found = tenants.list_tenants(call.context.plane)
    return Reply(page_of(found, call.query, key=lambda each: each.id, shown=lambda each: _shown(call, each)))


def show(call: Call) -> Reply:
    """Answer with one, and its tag."""
    found = tenants.get_tenant(call.context.plane, call.path["name"])
    return Reply(_shown(call, found), etag=_tag(found))


def put(call: Call) -> Reply:
    """Make a tenant, or change what is given of one."""
    plane, name, body = call.context.plane, call.path["name"], call.body
    settings, check = _settings(body), call.check(_tag)
    try:
        found = tenants.set_tenant(
            plane, name, actor=call.actor, hosts=body.hosts, origins=body.origins, settings=settings, check=check
        )
    except NotFound:
        hosts, origins = body.hosts or (), body.origins or ()
        found = tenants.add_tenant(
            plane, name, actor=call.actor, hosts=hosts, origins=origins, settings=settings, check=check
        )
        return Reply(_shown(call, found), 201, _tag(found))
    return Reply(_shown(call, found), etag=_tag(found))


def delete(call: Call) -> Reply:
    """Delete a tenant with all that it has."""
    tenants.remove_tenant(call.context.plane, call.path["name"], actor=call.actor, check=call.check(_tag))
    return Reply()


def _settings(body: NewTenant) -> TenantSettings:
    quotas = None if body.quotas is None else body.quotas.model_dump(exclude_none=True)
    key = None if body.user_key is None else body.user_key.get_secret_value()
    return TenantSettings(allow_anonymous=body.allow_anonymous, user_key=key, jwks_url=body.jwks_url, quotas=quotas)


def _tag(tenant: Tenant) -> str:
    return etag(tenant.revision)


def _shown(call: Call, tenant: Tenant) -> ShownTenant:
    return ShownTenant(
        name=tenant.id,
        hosts=list(tenant.hosts),
        origins=list(tenant.origins),
        allow_anonymous=tenant.allow_anonymous,
        user_keys=tenants.describe_user_keys(call.context.plane, tenant.id),
        jwks_url=tenant.settings.get(JWKS_URL) or None,
        quotas=dict(tenant.quotas),
        created_at=tenant.created_at,
    )


ROUTES = (
    Route(
        method="GET",
        path="/tenants",
        name="list_tenants",
        call=list_all,
        access=OWNER_READ,
        summary="List the tenants, by name.",
        query=PageQuery,
        answers=Page[ShownTenant],
    ),
    Route(
        method="GET",
        path="/tenants/{name}",
        name="show_tenant",
        call=show,
        access=OWNER_READ,
        summary="Show a tenant.",
        answers=ShownTenant,
        is_conditional=True,
    ),
    Route(
        method="PUT",
        path="/tenants/{name}",
        name="put_tenant",
        call=put,
        access=OWNER_ALL,
        summary="Make a tenant, or change what is given of one.",
        body=NewTenant,
        answers=ShownTenant,
        is_conditional=True,
        example={"hosts": ["example.example.com"], "quotas": {"executions_per_minute": 6000}},
        example_path={"name": "example"},
    ),
    Route(
        method="DELETE",
        path="/tenants/{name}",
        name="delete_tenant",
        call=delete,
        access=OWNER_ALL,
        summary="Delete a tenant with its connectors, secrets and variables.",
        is_conditional=True,
    ),
)
