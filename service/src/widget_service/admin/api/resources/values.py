"""``/secrets``, which go in and never come out, and ``/variables``, which everybody here may see."""

from collections.abc import Mapping

from pydantic import Field, SecretStr

from widget_service.admin.api.models import Model, Moment, Page, PageQuery
from widget_service.admin.api.paging import page_of
from widget_service.admin.api.preconditions import etag
from widget_service.admin.api.route import Call, Reply, Route
from widget_service.control import secret_binding, values
from widget_service.control.definitions import list_definitions, readers
from widget_service.control.value_uses import UNUSED, ValueUse, value_uses
from widget_service.identity.rights import READ, SET_SECRETS, WRITE
from widget_service.storage.values import Secret, Variable


class ShownSecret(Model):
    """A secret without its value."""

    name: str
    version: int = Field(description="Of its value.")
    revision: int = Field(description="Of the change that set its value or its origins last.")
    origins: list[str] = Field(description="It is sent to these only; empty: to any.")
    read_by: list[str] = Field(description="Permalinks of what reads it.")
    registries: list[str] = Field(description="Those whose git repositories need it, to be read or to sign pushes.")
    last_used_at: Moment | None = Field(
        description="When something that reads it called its destination last, or its repository was looked at."
    )
    updated_at: Moment


class NewSecret(Model):
    """A secret's value. Without `origins`, a secret that is bound to some stays bound to them."""

    value: SecretStr = Field(min_length=1)
    origins: list[str] | None = None


class NewBinding(Model):
    """Where a secret is to be sent."""

    origins: list[str] = Field(max_length=100, description="To these only; empty: to any that a definition names.")


class ShownVariable(Model):
    """A variable."""

    name: str
    value: str
    version: int
    read_by: list[str] = Field(description="Permalinks of what reads it.")
    updated_at: Moment


class NewVariable(Model):
    """A variable's value."""

    value: str = Field(min_length=1)


def list_secrets(call: Call) -> Reply:
    """Answer with a page of the tenant's secrets."""
    found, used = (
        values.list_secrets(call.context.plane, call.tenant_id),
        value_uses(call.context.plane, call.tenant_id),
    )
    return Reply(page_of(found, call.query, key=_name, shown=lambda each: _secret(each, used)))


def put_secret(call: Call) -> Reply:
    """Make or replace a secret."""
    secret = values.set_secret(
        call.context.plane,
        call.tenant_id,
        call.path["name"],
        call.body.value.get_secret_value(),
        actor=call.actor,
        origins=call.body.origins,
        check=call.check(_tag),
    )
    used = value_uses(call.context.plane, call.tenant_id)
    return Reply(_secret(secret, used), 201 if secret.version == 1 else 200, _tag(secret))


def bind_secret(call: Call) -> Reply:
    """Say where a secret may be sent; its value stays."""
    secret = secret_binding.bind_secret(
        call.context.plane,
        call.tenant_id,
        call.path["name"],
        call.body.origins,
        actor=call.actor,
        check=call.check(_binding_tag),
    )
    return Reply(_secret(secret, value_uses(call.context.plane, call.tenant_id)), etag=_binding_tag(secret))


def delete_secret(call: Call) -> Reply:
    """Delete a secret."""
    name, check = call.path["name"], call.check(_tag)
    values.remove_secret(call.context.plane, call.tenant_id, name, actor=call.actor, check=check)
    return Reply()


def list_variables(call: Call) -> Reply:
    """Answer with a page of the tenant's variables."""
    found, read_by = values.list_variables(call.context.plane, call.tenant_id), _readers(call)
    return Reply(page_of(found, call.query, key=_name, shown=lambda each: _variable(each, read_by)))


def put_variable(call: Call) -> Reply:
    """Make or replace a variable."""
    name, value, check = call.path["name"], call.body.value, call.check(_tag)
    variable = values.set_variable(call.context.plane, call.tenant_id, name, value, actor=call.actor, check=check)
    return Reply(_variable(variable, _readers(call)), 201 if variable.version == 1 else 200, _tag(variable))


def delete_variable(call: Call) -> Reply:
    """Delete a variable."""
    name, check = call.path["name"], call.check(_tag)
    values.remove_variable(call.context.plane, call.tenant_id, name, actor=call.actor, check=check)
    return Reply()


def _readers(call: Call) -> dict[str, list[str]]:
    return readers(list_definitions(call.context.plane, call.tenant_id))


def _name(each: Secret | Variable) -> str:
    return each.name


def _tag(each: Secret | Variable) -> str:
    return etag(each.version)


def _binding_tag(each: Secret) -> str:
    return etag(each.revision)


def _secret(each: Secret, used: Mapping[str, ValueUse]) -> ShownSecret:
    use = used.get(each.name, UNUSED)
    return ShownSecret(
        name=each.name,
        version=each.version,
        revision=each.revision,
        origins=list(each.origins),
        read_by=list(use.read_by),
        registries=list(use.registries),
        last_used_at=use.last_used_at,
        updated_at=each.updated_at,
    )


def _variable(each: Variable, read_by: dict[str, list[str]]) -> ShownVariable:
    return ShownVariable(
        name=each.name,
        value=each.value,
        version=each.version,
        read_by=read_by.get(each.name, []),
        updated_at=each.updated_at,
    )


ROUTES = (
    Route(
        method="GET",
        path="/secrets",
        name="list_secrets",
        call=list_secrets,
        access=READ,
        summary="List the secrets, without their values.",
        query=PageQuery,
        answers=Page[ShownSecret],
    ),
    Route(
        method="PUT",
        path="/secrets/{name}",
        name="put_secret",
        call=put_secret,
        access=SET_SECRETS,
        summary="Set a secret.",
        description="Its ETag is its version in quotes.",
        body=NewSecret,
        answers=ShownSecret,
        is_conditional=True,
        example={"value": "k3y of an example", "origins": ["https://api.example.com"]},
        example_path={"name": "example_key"},
    ),
    Route(
        method="PUT",
        path="/secrets/{name}/origins",
        name="bind_secret",
        call=bind_secret,
        access=SET_SECRETS,
        summary="Bind a secret to origins, or lift its binding, without its value.",
        description="Its ETag is its `revision` in quotes.",
        body=NewBinding,
        answers=ShownSecret,
        is_conditional=True,
        example={"origins": ["https://api.example.com"]},
        example_path={"name": "example_token"},
    ),
    Route(
        method="DELETE",
        path="/secrets/{name}",
        name="delete_secret",
        call=delete_secret,
        access=SET_SECRETS,
        summary="Delete a secret.",
        is_conditional=True,
    ),
    Route(
        method="GET",
        path="/variables",
        name="list_variables",
        call=list_variables,
        access=READ,
        summary="List the variables.",
        query=PageQuery,
        answers=Page[ShownVariable],
    ),
    Route(
        method="PUT",
        path="/variables/{name}",
        name="put_variable",
        call=put_variable,
        access=WRITE,
        summary="Set a variable.",
        description="Its ETag is its version in quotes. Where a host name is made of it, and a secret would go to "
        "another host by it, the scope `secrets` is needed too.",
        body=NewVariable,
        answers=ShownVariable,
        is_conditional=True,
        example={"value": "eu"},
        example_path={"name": "example_region"},
    ),
    Route(
        method="DELETE",
        path="/variables/{name}",
        name="delete_variable",
        call=delete_variable,
        access=WRITE,
        summary="Delete a variable.",
        is_conditional=True,
    ),
)
