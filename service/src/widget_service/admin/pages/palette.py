"""The palette: what templates may use in the field under the cursor, to be put in by a click."""

from collections.abc import Iterator
from typing import Any, Final

from widget_service.admin.pages.page import Visit
from widget_service.control.values import list_secrets, list_variables
from widget_service.templating import Field
from widget_service.templating.fields import names_of

_TEXTS: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "user": (
        ("{{ user.id }}", "The caller's id"),
        ("{{ user.email | default('', true) }}", "The caller's e-mail address, empty where there is none"),
        ("{{ user.username | default('', true) }}", "The caller's user name"),
        ("{{ user.first_name | default('', true) }}", "The caller's first name"),
        ("{{ user.last_name | default('', true) }}", "The caller's last name"),
        ("{{ user.profile_fields.by_id(1) }}", "A profile field of the caller, by its number"),
    ),
    "tenant_id": (("{{ tenant_id }}", "The tenant"),),
    "now": (("{{ now() }}", "Unix seconds; now(3600) is in an hour"),),
    "get_secret": (("{{ get_secret('NAME') }}", "A secret's value"),),
    "get_variable": (("{{ get_variable('NAME') }}", "A variable's value"),),
    "jwt_encode": (("{{ jwt_encode({'iss': ''}, get_secret('NAME'), 'RS256') }}", "A signed token"),),
    "pathParams": (("{{ pathParams.id }}", "A path parameter"),),
    "body_text": (("{{ body_text }}", "The caller's body as text"), ("{{ body_text | from_json }}", "… as a value")),
    "body_raw": (("{{ body_raw | base64_encode }}", "The caller's body as bytes"),),
    "response": (
        ("{{ response.body }}", "The destination's body"),
        ("{{ (response.body | from_json).items }}", "… as a value"),
        ("{{ response.status_code }}", "The destination's status"),
        ("{{ response.headers['content-type'] }}", "A header of the destination, by its lowercase name"),
    ),
    "steps": (("{{ steps['NAME'].body }}", "What a step answered"),),
    "request": (("{{ request.body }}", "What the caller sent"),),
}
_FILTERS: Final = (
    ("| default('', true)", "Something else for what is empty"),
    ("| from_json", "A JSON text as a value"),
    ("| json_encode", "A value as JSON text"),
    ("| base64_encode", "Base64"),
    ("| base64_decode", "And back"),
)
_OWN_VALUES: Final = {"get_secret": "secret", "get_variable": "variable"}


def palette(visit: Visit, *, is_composite: bool) -> dict[str, list[dict[str, Any]]]:
    """Return ``{field: [{"insert", "help"}]}`` for each field, with the tenant's own secrets and variables."""
    own = {
        "get_secret": [each.name for each in list_secrets(visit.context.plane, visit.tenant_id)],
        "get_variable": [each.name for each in list_variables(visit.context.plane, visit.tenant_id)],
    }
    table = names_of(composite=is_composite)
    return {
        field.value: [
            {"insert": insert, "help": told}
            for name, fields in table.items()
            if field in fields
            for insert, told in _entries(name, own.get(name))
        ]
        + [{"insert": insert, "help": told} for insert, told in _FILTERS]
        for field in Field
    }


def _entries(name: str, own: list[str] | None) -> Iterator[tuple[str, str]]:
    if own:
        for each in own:
            yield f"{{{{ {name}('{each}') }}}}", f"The {_OWN_VALUES[name]} {each}"
    else:
        yield from _TEXTS.get(name, ())
