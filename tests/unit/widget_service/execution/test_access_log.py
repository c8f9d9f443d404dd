"""The line of an execution: JSON that a machine reads, and never more than one line, whatever a caller wrote."""

import asyncio
import json
import logging
import os
import re
import select

import pytest
import structlog

from widget_service.connectors.snapshot import Snapshot
from widget_service.execution.access_log import AccessLog, _as_json, _for_people
from widget_service.execution.execution import Execution
from widget_service.execution.incoming import IncomingCall
from widget_service.logs import configure_logging


def execution_of(permalink, method="GET"):
    execution = Execution(IncomingCall(permalink, method, "", {}), Snapshot(), "id-1")
    execution.timing.error = "CONNECTOR_NOT_FOUND"
    return execution


@pytest.mark.parametrize("permalink", ["plants", 'a"b', "a\\", "a\nb", "\x1b]0;x\x07", "żółw", "\u2028", "x" * 5000])
def test_one_line_whatever_a_caller_wrote(permalink):
    line = _as_json(execution_of(permalink), 404)
    told = json.loads(line)
    assert (told["status"], told["code"], told["host"], told["event"]) == (
        404,
        "CONNECTOR_NOT_FOUND",
        None,
        "execution",
    )
    for text in (line, _for_people(execution_of(permalink), 404)):
        assert text.count("\n") == 1
        assert text[:-1].isprintable()
        assert text.isascii()
        assert len(text) < 2000


@pytest.mark.parametrize(("level", "lines"), [(logging.INFO, 1), (logging.WARNING, 0)])
def test_it_is_silent_where_only_warnings_are_told(level, lines):
    before = structlog.get_config()
    written = []
    try:
        configure_logging(human=False, level=level)
        AccessLog(written.append).add(execution_of("plants"), 200)
    finally:
        structlog.configure(**before)
    assert len(written) == lines


async def test_lines_of_one_turn_are_written_together_in_pieces_that_a_pipe_keeps_whole(capfd):
    access_log, written = AccessLog(), []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "write", lambda descriptor, data: written.append(data))
        for number in range(40):
            access_log.add(execution_of(f"plants-{number}"), 200)
        await asyncio.sleep(0)
    lines = b"".join(written).decode().splitlines()
    assert [re.search(r"plants-\d+", line)[0] for line in lines] == [f"plants-{number}" for number in range(40)]
    assert len(written) < 10
    assert all(len(piece) <= select.PIPE_BUF for piece in written)


def test_without_an_event_loop_a_line_is_written_at_once(capfd):
    AccessLog().add(execution_of("plants"), 200)
    assert "plants" in capfd.readouterr().err
