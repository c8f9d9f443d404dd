"""What the load generator is told, and what is read from its answer."""

import json

import pytest

from bench.processes import ProgramFailed
from bench.wrk import Load, Outcome, json_body, lua_script, parse_outcome


def output(**changed: int) -> str:
    """What wrk prints, with some figures changed."""
    figures = {"requests": 5000, "duration_us": 2_000_000, "p50_us": 1500, "p99_us": 9000}
    figures |= {"connect": 0, "read": 0, "write": 0, "status": 0, "timeout": 0, **changed}
    return f"Running 2s test @ http://127.0.0.1:1/\n  1 threads\n\nBENCH {json.dumps(figures)}\n"


def test_figures_are_read():
    assert parse_outcome(output()) == Outcome(requests=5000, duration_s=2.0, p50_ms=1.5, p99_ms=9.0)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (output(status=3), "status: 3"),
        (output(connect=1, timeout=2), "connect: 1, timeout: 2"),
        (output(requests=0), "none was answered"),
        ("unable to connect to 127.0.0.1:1", "unable to connect"),
    ],
)
def test_a_slice_with_failed_calls_says_nothing(text, said):
    with pytest.raises(ProgramFailed, match=said):
        parse_outcome(text)


@pytest.mark.parametrize("size", [64, 1024, 100 * 1024])
def test_a_body_is_json_of_exactly_its_size(size):
    body = json_body(size)
    assert len(body) == size
    assert set(json.loads(body)) == {"text"}


def test_the_script_sends_headers_and_body():
    script = lua_script(Load("http://127.0.0.1:1/", 1, {"X-Quoted": 'a"b\\c'}, body_bytes=32))
    assert 'wrk.headers["X-Quoted"] = "a\\"b\\\\c"' in script
    assert 'wrk.method = "POST"' in script
    assert 'wrk.headers["Content-Type"] = "application/json"' in script


def test_a_get_has_no_body():
    script = lua_script(Load("http://127.0.0.1:1/", 1, {}))
    assert "wrk.method" not in script
    assert "wrk.body" not in script
