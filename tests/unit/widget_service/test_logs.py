"""Logs: what went wrong, never what a frame held; and nothing that a terminal would take for a command."""

import json

import pytest
import structlog

from widget_service.logs import configure_logging

SECRET = "s3cret-of-a-frame"


@pytest.fixture(autouse=True)
def as_before():
    yield
    structlog.reset_defaults()


def fail(headers):
    local = dict(headers)
    raise RuntimeError(f"{len(local)} things went wrong")


@pytest.mark.parametrize("human", [True, False])
def test_a_traceback_shows_no_variables(human, capsys):
    configure_logging(human=human)
    log = structlog.get_logger()
    try:
        fail({"X-Key": SECRET})
    except RuntimeError:
        log.error("it.failed", exc_info=True)
    told = capsys.readouterr().err
    assert "1 things went wrong" in told
    assert "in fail" in told or '"name": "fail"' in told
    assert SECRET not in told
    if not human:
        assert json.loads(told)["event"] == "it.failed"


def test_what_a_caller_chose_is_escaped_for_a_terminal(capsys):
    configure_logging(human=True)
    structlog.get_logger().info("execution", permalink="\x1b]0;pwned\x07\x1b[2J")
    told = capsys.readouterr().err
    assert "\x1b]0" not in told
    assert "\x07" not in told
    assert "x1b]0;pwned" in told
