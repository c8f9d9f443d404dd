"""The other parts that need no server: cores, checks of answers, profiles, and the origin's answer."""

import asyncio
import json

import pytest

from bench.checking import problem_of
from bench.cores import Cores, choose_cores
from bench.fixed_rate import read_answer
from bench.origin import FILE_BYTES, JSON_BYTES, json_answer
from bench.profile import shares
from bench.scenarios import SCENARIOS

BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}
ANSWER = json_answer().encode()
PIPELINE = {"total": json.loads(ANSWER)["total"], "items": json.loads(ANSWER)["items"], "status": 200}


@pytest.mark.parametrize(
    ("available", "cores"),
    [({0}, Cores(None, None)), ({0, 1}, Cores(proxy=1, load=0)), ({2, 5, 7}, Cores(proxy=7, load=5))],
)
def test_proxy_and_load_have_cores_of_their_own(available, cores):
    assert choose_cores(available) == cores


def test_the_origins_answer_is_json_of_its_size():
    assert len(ANSWER) == JSON_BYTES
    assert json.loads(ANSWER)["items"]
    assert not set("$'\\") & set(json_answer()), "nginx would read these in its configuration"


@pytest.mark.parametrize(
    ("scenario", "body", "is_right"),
    [
        ("proxied_get_c1", ANSWER, True),
        ("proxied_get_c1", ANSWER[:-1], False),
        ("tls_c32", ANSWER, True),
        ("stream_10mib", bytes(FILE_BYTES), True),
        ("stream_10mib", bytes(FILE_BYTES - 1), False),
        ("post_1k_c32", b'{"received": "1024"}', True),
        ("post_1k_c32", b'{"received": ""}', True),
        ("post_1k_c32", b'{"received": "7"}', False),
        ("pipeline_c32", json.dumps(PIPELINE).encode(), True),
        ("pipeline_c32", json.dumps({**PIPELINE, "items": []}).encode(), False),
    ],
)
def test_only_the_origins_own_answer_is_measured(scenario, body, is_right):
    assert (problem_of(BY_NAME[scenario], body) is None) is is_right


@pytest.mark.parametrize(
    ("raw", "left"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nX-A: 1\r\n\r\nabcrest", b"rest"),
        (b"HTTP/1.1 200 OK\r\nx-a: 1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\nrest", b"rest"),
    ],
    ids=["with a length", "in chunks"],
)
async def test_an_answer_is_read_to_its_end_and_no_further(raw, left):
    reader = asyncio.StreamReader()
    reader.feed_data(raw)
    reader.feed_eof()
    assert (await read_answer(reader))[b"x-a"] == b"1"
    assert await reader.read() == left


async def test_an_answer_that_is_no_success_fails():
    reader = asyncio.StreamReader()
    reader.feed_data(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
    with pytest.raises(ValueError, match="502"):
        await read_answer(reader)


def test_a_profile_counts_what_the_event_loop_runs():
    loop = "main (a.py:1);BaseEventLoop.run_forever (asyncio:1);_run (asyncio:2)"
    lines = [
        f"{loop};execute (p.py:1);render (r.py:1) 30",
        f"{loop};execute (p.py:1) 10",
        "main (a.py:1);BaseEventLoop.run_forever (asyncio:1);EpollSelector.select (selectors.py:1) 500",
        "Thread.run (threading.py:1);wait (threading.py:2) 900",
    ]
    own, whole = shares(lines, top=5).split("with all it calls:")
    assert own.split("\n")[1:3] == ["  75.0%  render (r.py:1)", "  25.0%  execute (p.py:1)"]
    assert " 100.0%  execute (p.py:1)" in whole
