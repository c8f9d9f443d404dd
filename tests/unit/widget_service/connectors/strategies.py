"""Hypothesis strategies: definitions that are mostly right, and JSON that is mostly not."""

from typing import Any

from hypothesis import strategies as st

from widget_service.connectors.authentication_config import ALGORITHMS
from widget_service.connectors.fields import METHODS

GOOD_TEMPLATES = st.sampled_from(
    [
        "plain",
        "{{ user.id }}",
        "{{ user.email | default('', true) }}",
        "{{ tenant_id }}-{{ now(60) }}",
        "{% if user.id %}a{% else %}b{% endif %}",
        "{% for i in range(3) %}{{ loop.index }},{% endfor %}",
        "{{ nothing.such }}",
    ]
)
TEMPLATES = GOOD_TEMPLATES | st.sampled_from(
    [
        "",
        "{{ get_variable('v') }}",
        "{{ get_secret('s') }}",
        "{{ response.body }}",
        "{{ body_text }}",
        "{{ steps.one.body }}",
        "{{ 'a' | nofilter }}",
        "{{ broken",
        "half \ud83d",
        "a\0b",
    ]
)
GOOD_URLS = st.sampled_from(
    [
        "https://api.example.com",
        "https://api.example.com:8443/v1?a=b",
        "https://api.example.com/v1?{{ user.id }}#part",
        "https://{{ get_variable('host') }}/v1/{{ tenant_id }}",
        "https://eu.{{ get_variable('zone') | default('example.com') }}",
        "{{ get_variable('origin') | default('https://api.example.com', true) }}/v1",
        "https://api.example.com/{% if user.id %}{{ user.id }}{% endif %}",
        "https://api.example.com/{id}",
    ]
)
URLS = GOOD_URLS | st.sampled_from(
    [
        "https://api.example.com/{{ pathParams.id }}",
        "https://api.example.com/{{ pathParams['id'] | default('x') }}",
        "http://localhost:3000/v1",
        "https://{{ user.id }}.example.com",
        "https://api.example.com/a b",
        "nonsense",
    ]
)
SCALARS = st.none() | st.booleans() | st.integers(-5, 20_000) | st.sampled_from([0.5, 2.0, "", "a", "GET", "user"])
ANY_TEXT = st.text(st.characters(), max_size=8)  # halves of characters too
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT | TEMPLATES | URLS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3),
    max_leaves=8,
)


_CLAIM_NAMES = st.sampled_from(["sub", "exp"])
_RETRY = st.fixed_dictionaries({"attempts": st.integers(1, 3)}, optional={"methods": st.just(["GET", "PUT"])})
_CACHE = st.fixed_dictionaries({"mode": st.sampled_from(["http", "off", "force"]), "ttl": st.integers(1, 2)})
_ACCESS = st.fixed_dictionaries({"require": st.just("user")}, optional={"claims": st.just({"role": "admin"})})
_OPTIONS = {
    "permalink": st.none() | st.sampled_from(["one", "two"]),
    "timeout_ms": st.integers(1, 15_000),
    "retry": _RETRY,
    "max_concurrency": st.integers(1, 3),
    "rate_limit": st.fixed_dictionaries({"per_minute": st.integers(1, 3)}),
    "cache": _CACHE,
    "access": _ACCESS,
    "response_headers": st.lists(st.just("X-A"), max_size=2),
    "tags": st.lists(st.sampled_from(["a", "b"]), max_size=2),
    "unknown": SCALARS,
}


def parameters(templates: st.SearchStrategy[str], *keys: str) -> st.SearchStrategy[Any]:
    """Draw a list of parameters."""
    members = {"key": st.sampled_from(keys), "value": templates | st.integers(0, 9) | st.booleans()}
    return st.lists(st.fixed_dictionaries(members, optional={"overridable": st.booleans()}), max_size=2)


def configs(templates: st.SearchStrategy[str]) -> dict[str, st.SearchStrategy[Any]]:
    """Return what each way to sign in may be configured with."""
    claims = st.dictionaries(_CLAIM_NAMES, templates | st.integers() | st.lists(templates, max_size=2))
    signing = {"algorithm": st.sampled_from([*ALGORITHMS, "{{ get_variable('a') }}"]), "jwt_headers": claims}
    token_url = st.sampled_from(["https://login.example.com/token", "{{ get_variable('token_url') }}"])
    client = {"client_id": templates, "token_url": token_url}
    place = st.sampled_from(["header", "query"])
    ttl = st.integers(1, 9) | st.sampled_from(["60", "{{ get_variable('t') }}"])
    scope = {"scope": templates, "auth_style": st.sampled_from(["body", "basic"])}
    of = st.fixed_dictionaries
    return {
        "none": of({}),
        "api_key": of({"key": st.just("X-Key"), "value": templates, "in": place}),
        "basic": of({"username": templates, "password": templates}),
        "bearer": of({"token": templates}),
        "jwt": of({"private_key": templates, "claims": claims}, optional=signing),
        "oauth_client_credentials": of({**client, "client_secret": templates}, optional=scope),
        "oauth_jwt_bearer": of(
            {**client, "private_key": templates, "subject": templates, "audience": templates},
            optional={**signing, "token_ttl": ttl, "additional_claims": claims},
        ),
    }


def _request(templates: st.SearchStrategy[str]) -> dict[str, st.SearchStrategy[Any]]:
    """Return the optional fields that connectors and steps have in common."""
    by_type = configs(templates)
    authentication = st.sampled_from(sorted(by_type)).flatmap(
        lambda type_: st.fixed_dictionaries({"type": st.just(type_), "config": by_type[type_]})
    )
    return {
        "method": st.sampled_from(METHODS),
        "headers": parameters(templates, "Accept", "X-A", "Host"),
        "query_parameters": parameters(templates, "a", "b c"),
        "authentication": st.none() | authentication,
        "request_body": templates,
        "response_body": templates,
        "response_content_type": st.sampled_from(["", "application/json"]),
    }


def connectors(templates: st.SearchStrategy[str], urls: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    """Draw a connector."""
    return st.fixed_dictionaries(
        {"name": st.sampled_from(["One", "Two", "Three"]), "url": urls}, optional={**_request(templates), **_OPTIONS}
    )


def steps(templates: st.SearchStrategy[str], urls: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    """Draw a step that makes a request, or one that runs a stored connector."""
    name = st.sampled_from(["a", "b", "c", "d"])
    common = {"when": templates, "parallel": st.booleans(), "on_error": st.sampled_from(["stop", "continue"])}
    own = st.fixed_dictionaries({"name": name, "url": urls}, optional={**_request(templates), **common})
    stored = {"name": name, "connector": st.sampled_from(["one", "two"])}
    return own | st.fixed_dictionaries(stored, optional={"path_parameters": parameters(templates, "id"), **common})


_CONNECTORS = connectors(GOOD_TEMPLATES, GOOD_URLS) | connectors(TEMPLATES, URLS)
_COMPOSITES = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["All", "Both"]),
        "steps": st.lists(steps(GOOD_TEMPLATES, GOOD_URLS) | steps(TEMPLATES, URLS), max_size=2),
    },
    optional={"response_body": GOOD_TEMPLATES},
)


@st.composite
def registries(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a registry; somewhere in it a value may be one that nobody expects there."""
    registry = {
        "connectors": draw(st.lists(_CONNECTORS, max_size=3)),
        "composite_connectors": draw(st.lists(_COMPOSITES, max_size=1)),
    }
    if draw(st.integers(0, 2)) == 0:
        _disturb(registry, draw)
    return registry


def _disturb(value: Any, draw: st.DrawFn) -> None:
    """Replace one value at some depth."""
    while value:
        key = draw(st.sampled_from(sorted(value) if isinstance(value, dict) else range(len(value))))
        inner = value[key]
        if not isinstance(inner, dict | list) or not inner or draw(st.integers(0, 3)) == 0:
            value[key] = draw(SCALARS | JSON)
            return
        value = inner
