"""What the terminal says is missing."""

import tomllib

from widget_service.connectors.definition import ConnectorDefinition
from widget_service.connectors.snapshot import build_snapshot
from widget_service.dev.console import DevConsole, missing_lines
from widget_service.settings import load_settings

DEFINITION = ConnectorDefinition.model_validate(
    {
        "name": "Plants",
        "url": "https://api.example.com/{{ get_variable('region') }}/plants",
        "headers": [{"key": "X-Key", "value": "{{ get_secret('b') }}{{ get_secret('a') }}"}],
    }
)


def test_missing_secrets_and_variables_are_lines_to_add():
    snapshot = build_snapshot([DEFINITION], secrets={}, variables={})
    assert missing_lines(snapshot) == [
        "[secrets]",
        'a = "…"  # read by plants.',
        'b = "…"  # read by plants.',
        "[variables]",
        'region = "…"  # read by plants.',
    ]


def test_a_name_that_is_nearly_right_is_proposed():
    snapshot = build_snapshot([DEFINITION], secrets={"a": "1", "b": "2"}, variables={"regoin": "eu"})
    assert missing_lines(snapshot)[1] == "region = \"…\"  # read by plants. Did you mean 'regoin'?"


def test_what_is_set_as_the_other_kind_cannot_be_added():
    snapshot = build_snapshot([DEFINITION], secrets={"a": "1", "region": "eu"}, variables={"b": "2"})
    assert missing_lines(snapshot) == [
        "[secrets]",
        "# 'b' is a variable: write get_variable('b') in plants",
        "[variables]",
        "# 'region' is a secret: write get_secret('region') in plants",
    ]


def test_the_lines_are_toml():
    lines = missing_lines(build_snapshot([DEFINITION], secrets={"region": "eu"}, variables={}))
    assert tomllib.loads("\n".join(lines)) == {"secrets": {"a": "…", "b": "…"}, "variables": {}}


def test_what_is_set_is_not_missing():
    snapshot = build_snapshot([DEFINITION], secrets={"a": "s3cret", "b": "other"}, variables={"region": "eu"})
    assert missing_lines(snapshot) == []
    assert "s3cret" not in repr(snapshot)


def test_what_is_only_written_on_the_way_is_not_told_as_saved(tmp_path, capsys):
    console = DevConsole(tmp_path, load_settings())
    console.saved({tmp_path / ".extensions_registry.json.new"})
    console.saved({tmp_path / ".theme.swp", tmp_path / "extensions_registry.json"})
    assert capsys.readouterr().out == "saved extensions_registry.json\n"
