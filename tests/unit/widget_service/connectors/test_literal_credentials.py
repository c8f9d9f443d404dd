"""Which credentials of a definition are hidden where it is shown, and that nothing else is."""

import json

import pytest

from widget_service.connectors.literal_credentials import without_literals

LITERAL = "l1teral"
HIDDEN = [
    {"authentication": {"type": "oauth_client_credentials", "config": {"client_secret": LITERAL}}},
    {"authentication": {"type": "oauth_refresh_token", "config": {"refresh_token": LITERAL}}},
    {"authentication": {"type": "jwt", "config": {"private_key": f"{LITERAL}\n{LITERAL}"}}},
    {"authentication": {"type": "oauth_jwt_bearer", "config": {"extra_params": {"api_key": LITERAL}}}},
    {"authentication": {"type": "not known", "config": {"token": [LITERAL]}}},
    {"headers": [{"key": "Authorization", "value": "{% set a = 'l1teral' %}{{ a }}"}]},
    {"headers": [{"key": "Cookie", "value": "{{ broken l1teral"}]},
    {"query_parameters": [{"key": "access_token", "value": LITERAL}]},
    {"tls": {"client_key": LITERAL}},
]
SHOWN = [
    {"url": "https://api.example.com", "headers": [{"key": "X-Lang", "value": "en"}]},
    {"headers": [{"key": "Authorization", "value": "Bearer {{ get_secret('a') }}"}]},
    {"authentication": {"type": "api_key", "config": {"key": "X-Api-Key", "value": "{{ get_secret('k') }}"}}},
    {"authentication": {"type": "basic", "config": {"username": "anna", "password": ""}}},
    {"headers": [None, {"key": None}, {"value": "x"}], "authentication": {"config": None}, "steps": None},
]


@pytest.mark.parametrize("raw", HIDDEN)
def test_a_literal_is_hidden_in_connectors_and_in_steps(raw):
    for definition in (raw, {"steps": [{"name": "one"}, raw]}):
        before = json.dumps(definition)
        assert LITERAL not in json.dumps(without_literals(definition))
        assert json.dumps(definition) == before


@pytest.mark.parametrize("raw", SHOWN)
def test_everything_else_stays(raw):
    assert without_literals(raw) == raw
