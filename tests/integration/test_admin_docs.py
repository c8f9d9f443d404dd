"""The commands in the guides for admins work, one after the other, as they stand there."""

import shlex
from pathlib import Path

import pytest

from support.commands import initialised

GUIDES = Path(__file__).parents[2] / "docs" / "how-to"


def commands_in(guide):
    lines = (GUIDES / guide).read_text().splitlines()
    return [shlex.split(line.strip())[1:] for line in lines if line.startswith("    widget-service ")]


@pytest.mark.parametrize(("guide", "count"), [("admins.md", 10), ("audit.md", 4)])
def test_each_command_of_the_guide_is_done(tmp_path, monkeypatch, guide, count):
    monkeypatch.chdir(tmp_path)
    commands = initialised(tmp_path)
    found = commands_in(guide)
    assert len(found) == count
    for arguments in found:
        commands.done(*arguments)
