"""Who has no right to use secrets sends none to a place that it was not sent to before, by whatever change."""

import json

import pytest

from widget_service.control import registries, values
from widget_service.control.editing import delete_definition, put_definition
from widget_service.control.secret_use import ANY, SecretsNotYours, uses_of
from widget_service.registry.sync import Kind
from widget_service.storage.actors import Actor

EDITOR = Actor("admin:erik", "203.0.113.7")
OWNER = Actor("admin:olga", "203.0.113.8", may_use_secrets=True)
KEY_HEADER = {"key": "X-Key", "value": "{{ get_secret('api_key') }}", "overridable": False}
PLANTS = {"name": "plants", "url": "https://api.example.com/plants", "headers": [KEY_HEADER]}
BY_VARIABLE = {**PLANTS, "name": "by-variable", "url": "https://{{ get_variable('api_host') }}/plants"}
OPEN = {"name": "open", "url": "https://open.example.com/x"}
TOKENS = {
    "name": "tokens",
    "url": "https://api.example.com/tokens",
    "authentication": {
        "type": "oauth_client_credentials",
        "config": {
            "token_url": "https://login.example.com/token",
            "client_id": "me",
            "client_secret": "{{ get_secret('client_secret') }}",
        },
    },
}
STEPS = {
    "name": "steps",
    "steps": [
        {"name": "one", "url": "https://api.example.com/one", "headers": [KEY_HEADER]},
        {"name": "two", "connector": "open", "headers": [{"key": "X-Key", "value": "{{ get_secret('other') }}"}]},
    ],
}


@pytest.fixture
def plane(commands):
    with commands.plane() as opened:
        values.set_secret(opened, "default", "api_key", "k3y", actor=OWNER)
        values.set_variable(opened, "default", "api_host", "api.example.com", actor=OWNER)
        for raw in (PLANTS, BY_VARIABLE, OPEN, TOKENS):
            put(opened, raw, OWNER)
        put(opened, STEPS, OWNER, Kind.COMPOSITE)
        yield opened


def put(plane, raw, actor, kind=Kind.CONNECTOR):
    return put_definition(plane, "default", raw["name"], raw, kind=kind, actor=actor)


def with_token_url(url):
    authentication = TOKENS["authentication"]
    return {**TOKENS, "authentication": {**authentication, "config": {**authentication["config"], "token_url": url}}}


def elsewhere(step, **change):
    return {**STEPS, "steps": [{**each, **change} if each["name"] == step else each for each in STEPS["steps"]]}


REFUSED = {
    "a connector moved to another host": {**PLANTS, "url": "https://evil.example/plants"},
    "to another port": {**PLANTS, "url": "https://api.example.com:8443/plants"},
    "to a host of a variable that leads elsewhere": {
        **PLANTS, "url": "https://{{ get_variable('b') | default('e.example') }}/"
    },
    "a new connector elsewhere": {**PLANTS, "name": "new", "url": "https://evil.example/"},
    "a new connector with a secret that is not there yet": {
        **PLANTS, "name": "new", "headers": [{"key": "X", "value": "{{ get_secret('not_yet') }}"}]
    },
    "a secret whose name is computed": {
        **PLANTS, "name": "new", "headers": [{"key": "X", "value": "{{ get_secret('api' ~ '_key') }}"}]
    },
    "another secret in a header of the same host": {
        **PLANTS, "headers": [{"key": "X-Key", "value": "{{ get_secret('other') }}"}]
    },
    "a token endpoint elsewhere": with_token_url("https://evil.example/token"),
    "the destination that gets the token": {**TOKENS, "url": "https://evil.example/"},
    "a stored connector that a step sends a secret to": {**OPEN, "url": "https://evil.example/"},
    "a step moved to another host": elsewhere("one", url="https://evil.example/one"),
    "a step that runs another connector": elsewhere("two", connector="plants"),
}  # fmt: skip
ALLOWED = {
    "another path of the same host": {**PLANTS, "url": "https://api.example.com/v2/plants"},
    "the same host by a variable": {**PLANTS, "url": "https://{{ get_variable('api_host') }}/plants"},
    "another connector with the secret at its host": {**PLANTS, "name": "new"},
    "a new connector without a secret": {"name": "new", "url": "https://anywhere.example/"},
    "a step without its secret": elsewhere("one", url="https://other.example/", headers=[]),
    "another path of the token endpoint": with_token_url("https://login.example.com/v2/token"),
}


@pytest.mark.parametrize("raw", REFUSED.values(), ids=REFUSED)
def test_an_editor_is_refused_what_an_owner_may(plane, raw):
    kind = Kind.COMPOSITE if "steps" in raw else Kind.CONNECTOR
    before = plane.database.revision()
    with pytest.raises(SecretsNotYours, match="where it was not sent before"):
        put(plane, raw, EDITOR, kind)
    assert plane.database.revision() == before
    put(plane, raw, OWNER, kind)


@pytest.mark.parametrize("raw", ALLOWED.values(), ids=ALLOWED)
def test_an_editor_may_change_the_rest(plane, raw):
    put(plane, raw, EDITOR, Kind.COMPOSITE if "steps" in raw else Kind.CONNECTOR)


def test_a_variable_that_a_host_is_made_of_moves_connectors_too(plane):
    with pytest.raises(SecretsNotYours, match=r"'api_key' to https://evil\.example"):
        values.set_variable(plane, "default", "api_host", "evil.example", actor=EDITOR)
    with pytest.raises(SecretsNotYours):
        values.remove_variable(plane, "default", "api_host", actor=EDITOR)
    values.set_variable(plane, "default", "another", "evil.example", actor=EDITOR)
    values.set_variable(plane, "default", "api_host", "elsewhere.example", actor=OWNER)


COMPUTED = {
    "joined": "{{ get_variable('api_host') ~ '/token' }}",
    "filtered": "https://{{ get_variable('api_host') | lower }}/token",
    "by keyword": "https://{{ get_variable(name='api_host') }}/token",
    "with a computed name": "https://{{ get_variable('api_' ~ 'host') }}/token",
    "in statements": "{% if true %}https://{{ get_variable('api_host') }}/token{% endif %}",
}


@pytest.mark.parametrize("token_url", COMPUTED.values(), ids=COMPUTED)
def test_a_token_endpoint_that_a_template_computes_is_not_moved_either(plane, token_url):
    """What it reads is not an editor's to change."""
    computed = with_token_url(token_url)
    with pytest.raises(SecretsNotYours, match=r"'client_secret' to wherever .* leads"):
        put(plane, computed, EDITOR)
    put(plane, computed, OWNER)
    with pytest.raises(SecretsNotYours):
        values.set_variable(plane, "default", "api_host", "evil.example", actor=EDITOR)
    values.set_variable(plane, "default", "api_host", "elsewhere.example", actor=OWNER)
    put(plane, {**OPEN, "request_body": "x"}, EDITOR)


@pytest.mark.parametrize("moved", ["its own step", "the connector that a step runs"])
def test_a_token_endpoint_that_a_step_names_is_not_moved_by_that_step(plane, moved):
    """A composite may ask somebody where to obtain its token; whom it asks is not an editor's to change."""
    config = {**TOKENS["authentication"]["config"], "token_url": "{{ steps.ask.body }}"}
    asks = {"connector": "open"} if moved != "its own step" else {"url": "https://ask.example.com/x"}
    last = {"name": "use", "url": TOKENS["url"], "authentication": {**TOKENS["authentication"], "config": config}}
    composite = {"name": "asking", "steps": [{"name": "ask", **asks}, last]}
    put(plane, {**STEPS, "steps": STEPS["steps"][:1]}, OWNER, Kind.COMPOSITE)  # it would refuse the change by itself
    put(plane, composite, OWNER, Kind.COMPOSITE)
    steps = [{"name": "ask", "url": "https://evil.example/x"}, last]
    change = ({**composite, "steps": steps}, EDITOR, Kind.COMPOSITE)
    if moved != "its own step":
        change = ({**OPEN, "url": "https://evil.example/x"}, EDITOR, Kind.CONNECTOR)
    with pytest.raises(SecretsNotYours, match=r"'client_secret' to wherever .* leads"):
        put(plane, *change)


def test_a_registry_is_judged_as_a_whole(plane, commands):
    for number, (raw, may) in enumerate([(PLANTS, True), ({**PLANTS, "url": "https://evil.example/"}, False)]):
        repo = commands.registry({**raw, "name": f"synced {number}"}, name=f"shop-{number}")
        if may:
            registries.apply_registry(plane, "default", repo, actor=EDITOR)
        else:
            with pytest.raises(SecretsNotYours):
                registries.apply_registry(plane, "default", repo, actor=EDITOR)
            registries.apply_registry(plane, "default", repo, actor=OWNER)


def test_who_binds_a_secret_to_an_origin_gives_leave(plane):
    moved = {**PLANTS, "url": "https://new.example.com/plants"}
    values.set_secret(plane, "default", "api_key", "k3y", actor=OWNER, origins=["https://new.example.com"])
    put(plane, moved, EDITOR)


def test_what_was_deleted_is_not_sent_there_any_more(plane):
    for name in ("plants", "by-variable"):
        delete_definition(plane, "default", name, actor=EDITOR)
    delete_definition(plane, "default", "steps", kind=Kind.COMPOSITE, actor=EDITOR)
    with pytest.raises(SecretsNotYours):
        put(plane, PLANTS, EDITOR)


def test_uses_are_named_by_secret_and_origin():
    tenant = json.loads(json.dumps({raw["name"]: raw for raw in (PLANTS, TOKENS, OPEN, STEPS, BY_VARIABLE)}))
    assert uses_of(tenant, {"api_host": "API.example.com"}) == {
        ("api_key", "https://api.example.com"),
        ("client_secret", "https://api.example.com"),
        ("client_secret", "https://login.example.com"),
        ("other", "https://open.example.com"),
    }
    header = {"key": "X", "value": "{{ get_secret(user.id) }}"}
    computed = {"name": "c", "url": "https://a.example/", "headers": [header]}
    assert uses_of({"c": computed}, {}) == {(ANY, "https://a.example")}
