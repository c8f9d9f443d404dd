"""The language of templates: names, filters, functions, tests and limits, of the engine's own tables."""

from collections.abc import Mapping

from jinja2.filters import FILTERS
from jinja2.tests import TESTS

from docs.generate.markdown import code, listed, page, table
from widget_service.templating.fields import CONNECTOR_NAMES, STEP_NAMES, USER_ATTRIBUTES, Field
from widget_service.templating.filters import all_filters
from widget_service.templating.functions import GLOBALS
from widget_service.templating.limits import IN_PROCESS, IN_WORKER
from widget_service.templating.predicates import all_tests

ABOUT = """\
Templates are [Jinja2](https://jinja.palletsprojects.com/en/stable/templates/), in a sandbox that counts what they do.
Only what is configured is a template: what a caller or a destination sends is data, and never parsed."""

NAMES = {
    "user": "The caller: {attributes}, and `user.profile_fields.by_id(7)`. All are `None` for an anonymous caller.",
    "tenant_id": "The name of the tenant.",
    "now": "`now(offset=0)`: seconds since 1970, an integer.",
    "get_secret": "`get_secret('name')`: a secret of the tenant.",
    "get_variable": "`get_variable('name')`: a variable of the tenant.",
    "jwt_encode": "`jwt_encode(payload, key, algorithm='RS256', headers=None)`: a signed JWT.",
    "pathParams": "`pathParams.key`: a path parameter, percent-encoded as one segment.",
    "body_text": "The caller's body as text; `None` if it is none.",
    "body_raw": "The caller's body as bytes.",
    "response": "The destination's answer: `response.body` (text, or `None`), `.status_code`, `.headers` (lowercase).",
    "steps": "What earlier steps have brought: `steps.name.body`, `.status_code`, `.headers`; or `steps['a-name']`.",
    "request": "The caller's: `request.body_text`, `.body_raw`, `.headers` (Content-Type), `.query_parameters`.",
}
OWN_FILTERS = {
    "base64_decode": "Base64, with or without padding, to text.",
    "base64_encode": "Text or bytes to Base64.",
    "from_json": "JSON text to values; a template error if it is none.",
    "json_encode": 'Values to JSON, with `", "` and `": "` between them.',
}
MISSING = """\
An undefined name, and a missing attribute, print as nothing; `a.missing.b` is an error. `None` prints as `None`: guard
with `default('', true)`. An object or a list as a whole prints as `json_encode` writes it. A secret or variable that is
not there is an error that names it. There is no HTML escaping."""
LIMITS = """\
What a template exceeds ends it: the answer is `TEMPLATE_ERROR`, or for bodies another try in a process of its own."""


def make() -> str:
    """Return the page."""
    filters = {name for name in all_filters() if name.isidentifier()}
    assert set(NAMES) == {*CONNECTOR_NAMES, *STEP_NAMES}
    assert set(OWN_FILTERS) == filters - set(FILTERS)
    return page(
        "Templates",
        ABOUT,
        "## Names",
        _names({**CONNECTOR_NAMES, **STEP_NAMES}),
        "## Which name resolves where: connectors",
        _where(CONNECTOR_NAMES),
        "## Which name resolves where: steps of composites",
        _where(STEP_NAMES),
        "`when` has the names of `request_body`, a composite's own `response_body` those of a step's; `response` is "
        "nothing there.",
        "## What is missing",
        MISSING,
        "## Filters",
        "Of the service:",
        table(("filter", "what it does"), ((code(name), does) for name, does in OWN_FILTERS.items())),
        f"Of Jinja2: {listed(sorted(filters & set(FILTERS)))}.",
        "## Functions and tests",
        f"Functions of Jinja2: {listed(sorted(GLOBALS))}. Plain methods of texts, lists and objects can be called, "
        "such as `append`, `update`, `get` and `split`.",
        f"Tests: {listed(sorted(name for name in all_tests() if name.isidentifier()))}.{_other_tests()}",
        "## Limits",
        LIMITS,
        _limits(),
    )


def _names(names: Mapping[str, object]) -> str:
    attributes = listed(f"user.{name}" for name in sorted(USER_ATTRIBUTES - {"profile_fields"}))
    return table(("name", "what it is"), ((code(name), NAMES[name].format(attributes=attributes)) for name in names))


def _where(names: Mapping[str, frozenset[Field]]) -> str:
    return table(
        ("name", *map(code, Field)),
        ((code(name), *("yes" if field in admitted else "" for field in Field)) for name, admitted in names.items()),
    )


def _other_tests() -> str:
    added = sorted(set(all_tests()) - set(TESTS))
    return f" Of the service: {listed(added)}." if added else ""


def _limits() -> str:
    rows = (
        ("seconds", IN_PROCESS.time_s, IN_WORKER.time_s),
        ("characters of one text", f"{IN_PROCESS.max_text:,}", f"{IN_WORKER.max_text:,}"),
        ("items of one list", f"{IN_PROCESS.max_items:,}", f"{IN_WORKER.max_items:,}"),
        ("expressions of one template", f"{IN_PROCESS.max_expressions:,}", f"{IN_WORKER.max_expressions:,}"),
    )
    return table(("at most", "between calls", "in a process of its own (bodies)"), rows)
