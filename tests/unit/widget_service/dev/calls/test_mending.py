"""The line at which a failed call is to be mended."""

import json

import pytest

from widget_service.dev.calls.mending import place_to_mend

REGISTRY = {
    "connectors": [
        {"name": "Other", "url": "https://api.example.com/other"},
        {
            "name": "Plants",
            "url": "https://api.example.com/plants",
            "headers": [{"key": "A", "value": "1"}, {"key": "X-Key", "value": "a\n{{ get_secret('k') }}"}],
            "authentication": {"type": "bearer", "config": {"token": "{{ get_secret('t') }}"}},
        },
    ],
    "composite_connectors": [
        {
            "name": "Both",
            "permalink": "both",
            "steps": [
                {"name": "one", "url": "https://api.example.com/1"},
                {
                    "name": "the-two",
                    "url": "https://api.example.com/2",
                    "headers": [{"key": "A", "value": "{{ 1/0 }}"}],
                },
            ],
        }
    ],
}
CASES = [
    ("TEMPLATE_ERROR", "headers 'X-Key', line 2, column 4: the secret 'k' does not exist", 422, "headers[1].value"),
    ("TEMPLATE_ERROR", "headers 'Nobody', line 2, column 4: no", 422, "headers"),
    ("TEMPLATE_ERROR", "url, line 1, column 17: no", 422, "url"),
    ("TEMPLATE_ERROR", "authentication.config.token, line 1, column 4: no", 422, "authentication.config.token"),
    ("OAUTH_TOKEN_ERROR", "The token endpoint …", 502, "authentication"),
    ("UPSTREAM_UNREACHABLE", "The destination …", 502, "url"),
    ("METHOD_NOT_ALLOWED", "Connector 'plants' is called with …", 400, "method"),
    ("", "The destination answered with status 401.", 401, "authentication"),
]


@pytest.fixture
def repo(tmp_path):
    (tmp_path / "connectors_registry.json").write_text(json.dumps(REGISTRY, indent=2))
    return tmp_path


@pytest.mark.parametrize(("code", "detail", "status", "path"), CASES)
def test_an_error_leads_to_its_place(repo, code, detail, status, path):
    found = place_to_mend(repo, "plants", code, detail, status)
    assert found is not None
    assert (found["file"], found["path"]) == ("connectors_registry.json", f"$.connectors[1].{path}")
    line = (repo / "connectors_registry.json").read_text().splitlines()[found["line"] - 1]
    assert found["excerpt"].startswith(line[:20])


def test_an_error_in_a_step_leads_to_its_place(repo):
    scope = "Composite step 'the-two' (index 1): Configuration (template rendering)"
    detail = "headers 'A', line 1, column 4: divides by zero"
    found = place_to_mend(repo, "both", "TEMPLATE_ERROR", detail, 422, scope)
    assert found["path"] == "$.composite_connectors[0].steps[1].headers[0].value"


def test_a_missing_value_is_told_with_the_line_to_add(repo):
    found = place_to_mend(repo, "plants", *CASES[0][:2], 422)
    assert found["add"] == {"file": ".widget-service/dev.toml", "lines": ["[secrets]", 'k = "…"']}


@pytest.mark.parametrize(
    ("permalink", "code", "status"),
    [("plants", "RATE_LIMITED", 429), ("nobody", "UPSTREAM_UNREACHABLE", 502), ("plants", "", 500)],
)
def test_nothing_is_blamed_that_is_not_at_fault(repo, permalink, code, status):
    assert place_to_mend(repo, permalink, code, "…", status) is None


def test_a_registry_that_cannot_be_read_has_no_lines(tmp_path):
    assert place_to_mend(tmp_path, "plants", "UPSTREAM_UNREACHABLE", "…", 502) is None
