"""What the terminal says is missing."""

from widget_service.connectors.definition import ConnectorDefinition
from widget_service.connectors.snapshot import build_snapshot
from widget_service.dev.console import missing_lines

DEFINITION = ConnectorDefinition.model_validate(
    {
        "name": "Plants",
        "url": "https://api.example.com/{{ get_variable('region') }}/plants",
        "headers": [{"key": "X-Key", "value": "{{ get_secret('b') }}{{ get_secret('a') }}"}],
    }
)


def test_missing_secrets_and_variables_are_lines_to_add():
    snapshot = build_snapshot([DEFINITION], secrets={}, variables={})
    assert missing_lines(snapshot) == ["[secrets]", 'a = "…"', 'b = "…"', "[variables]", 'region = "…"']


def test_what_is_set_is_not_missing():
    snapshot = build_snapshot([DEFINITION], secrets={"a": "s3cret", "b": "other"}, variables={"region": "eu"})
    assert missing_lines(snapshot) == []
    assert "s3cret" not in repr(snapshot)
