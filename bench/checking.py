"""One call of every kind to every stack before anything is measured: a fast wrong answer is worth nothing."""

import http.client
import json
from contextlib import closing

from bench.origin import FILE_BYTES, json_answer
from bench.processes import ProgramFailed
from bench.scenarios import Kind, Scenario
from bench.stacks.proxy import Proxy
from bench.wrk import json_body

_TIMEOUT_S = 30


def check_answer(scenario: Scenario, proxy: Proxy) -> None:
    """Raise `ProgramFailed` where the answer is not the origin's; the origin refuses a call without the key."""
    status, body = _call(scenario, proxy)
    if status != 200:
        raise ProgramFailed(f"{proxy.name} answers {scenario.name} with {status}: {body[:500]!r}")
    if (problem := problem_of(scenario, body)) is not None:
        raise ProgramFailed(f"{proxy.name} answers {scenario.name} with {problem}: {body[:500]!r}")


def problem_of(scenario: Scenario, body: bytes) -> str | None:
    """Return what is wrong with the body of an answer, None when nothing is."""
    match scenario.kind:
        case Kind.FILE:
            return None if len(body) == FILE_BYTES else f"{len(body)} bytes instead of {FILE_BYTES}"
        case Kind.POST:
            # A proxy that passes the body on in chunks tells the origin no length.
            return None if _received(body) in (str(scenario.body_bytes), "") else "another length than was sent"
        case Kind.PIPELINE:
            given, expected = json.loads(body), json.loads(json_answer())
            same = given["status"] == 200 and all(given[name] == expected[name] for name in ("total", "items"))
            return None if same else "something else than the response template says"
        case _:
            return None if body == json_answer().encode() else "another body than the origin's"


def _received(body: bytes) -> str:
    return str(json.loads(body)["received"])


def _call(scenario: Scenario, proxy: Proxy) -> tuple[int, bytes]:
    headers = dict(proxy.headers)
    body = json_body(scenario.body_bytes) if scenario.body_bytes else None
    if body is not None:
        headers["Content-Type"] = "application/json"
    with closing(http.client.HTTPConnection("127.0.0.1", proxy.program.port, timeout=_TIMEOUT_S)) as connection:
        try:
            connection.request("POST" if body else "GET", proxy.paths[scenario.kind], body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise ProgramFailed(f"{proxy.name} does not answer {scenario.name}: {error!r}") from None
