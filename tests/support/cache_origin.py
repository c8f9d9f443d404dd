"""A scripted origin and a client for cases of HTTP caching: each case has a URL of its own, all run side by side."""

import asyncio
import itertools
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx2

PAUSE_S = 2.2
"""Longer than every lifetime that a case wants to see end."""

CLIENT_HEADERS = {"Pragma": "foo", "Cache-Control": "nothing-to-see-here"}
"""What public suites send along, so that no client adds directives of its own."""


@dataclass
class Step:
    """One request of a case, what the origin answers if it is asked, and what must come of it.

    ``expect`` is ``cached``, ``not_cached``, ``etag_validated``, ``lm_validated`` or nothing. ``sent`` are headers that
    the origin must have got; ``got`` and ``lacks`` are headers of the answer; behind ``~`` stands a
    pattern.
    """

    res: dict[str, str] | list[tuple[str, str]] = field(default_factory=dict)
    req: dict[str, str] = field(default_factory=dict)
    method: str = "GET"
    query: str = ""
    path: str = ""
    status: int = 200
    body: str = ""
    expect: str = ""
    expect_status: int = 0
    got: dict[str, str] = field(default_factory=dict)
    lacks: tuple[str, ...] = ()
    sent: dict[str, str] = field(default_factory=dict)
    pause: bool = False
    disconnect: bool = False
    interim: bytes = b""
    wait_for_origin: int = 0
    expect_body: str | None = None


class CaseFailed(AssertionError):
    """What came is not what must come."""


class Origin:
    """Answers ``/{case}/…`` by the case's steps."""

    def __init__(self, cases: dict[str, list[Step]]) -> None:
        self._cases = cases
        self._steps = dict.fromkeys(cases, 0)
        self.asked: dict[str, list[tuple[int, str, dict[str, str]]]] = {name: [] for name in cases}

    def begin(self, case: str, number: int) -> None:
        self._steps[case] = number

    async def serve(self) -> asyncio.Server:
        return await asyncio.start_server(self._connection, "127.0.0.1", 0, backlog=1024, limit=2**20)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await self._one(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, target, _ = head[0].split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
        await reader.readexactly(int(headers.get("content-length", 0)))
        case = urlsplit(target).path.split("/")[1]
        number = self._steps[case]
        step = self._cases[case][number]
        self.asked[case].append((number, method, headers))
        if step.disconnect:
            return False
        writer.write(step.interim + self._answer(case, number, step, method, headers))
        await writer.drain()
        return True

    def _answer(self, case: str, number: int, step: Step, method: str, headers: dict[str, str]) -> bytes:
        status, body = step.status, (step.body or f"{case} {number}").encode("latin-1")
        pairs = list(step.res.items()) if isinstance(step.res, dict) else list(step.res)
        validated = {"etag_validated": "if-none-match", "lm_validated": "if-modified-since"}.get(step.expect)
        if validated is not None:
            status, body = (304, b"") if validated in headers else (999, b"no condition")
        names = {name.lower() for name, _ in pairs}
        if "date" not in names and "no-date" not in names:
            pairs.append(("Date", date(0)))
        pairs = [pair for pair in pairs if pair[0].lower() != "no-date"]
        pairs += [("Server-Request-Count", str(len(self.asked[case]))), ("Step", str(number))]
        if status not in (204, 304) and "content-length" not in names:
            pairs.append(("Content-Length", str(len(body))))
        lines = "".join(f"{name}: {value}\r\n" for name, value in pairs)
        content = b"" if method == "HEAD" or status in (204, 304) else body
        return f"HTTP/1.1 {status} X\r\n{lines}\r\n".encode("latin-1") + content


def date(seconds: float) -> str:
    """Return the HTTP date so many seconds from now."""
    from email.utils import formatdate
    from time import time

    return formatdate(time() + seconds, usegmt=True)


async def run_case(client: httpx2.AsyncClient, origin: Origin, case: str, steps: list[Step]) -> None:
    """Run one case; raise `CaseFailed`."""
    for number, step in enumerate(steps):
        origin.begin(case, number)
        before = len(origin.asked[case])
        headers = {
            name: value for name, value in CLIENT_HEADERS.items() if name.lower() not in map(str.lower, step.req)
        }
        answer = await client.request(
            step.method,
            f"/{case}/{step.path}" + (f"?{step.query}" if step.query else ""),
            headers=[(name.encode(), value.encode("latin-1")) for name, value in {**headers, **step.req}.items()],
            content=b"payload" if step.method in ("POST", "PUT") else None,
        )
        was_asked = any(asked == number for asked, _, _ in origin.asked[case][before:])
        _check(case, number, step, answer, was_asked, origin)
        for _ in range(200):
            if len(origin.asked[case]) >= step.wait_for_origin:
                break
            await asyncio.sleep(0.01)
        else:
            raise CaseFailed(f"step {number}: the origin was not asked {step.wait_for_origin} times")
        if step.pause:
            await asyncio.sleep(PAUSE_S)


def _check(case: str, number: int, step: Step, answer: Any, was_asked: bool, origin: Origin) -> None:
    told = f"step {number}: {answer.status_code} {dict(answer.headers)} asked={was_asked}"
    if step.expect_status and answer.status_code != step.expect_status:
        raise CaseFailed(f"{told}: the status must be {step.expect_status}")
    if not step.expect_status and answer.status_code in (502, 504, 999) != step.status:
        raise CaseFailed(told)
    if step.expect == "cached" and was_asked:
        raise CaseFailed(f"{told}: must come from the cache")
    if step.expect == "not_cached" and not was_asked and not (step.disconnect and answer.status_code >= 500):
        raise CaseFailed(f"{told}: must come from the origin")
    if step.expect.endswith("validated") and (not was_asked or answer.status_code != (step.expect_status or 200)):
        raise CaseFailed(f"{told}: must be validated")
    for name, value in step.got.items():
        received = answer.headers.get(name)
        if not (re.fullmatch(value[1:], received or "") if value.startswith("~") else received == value):
            raise CaseFailed(f"{told}: {name} must be {value!r}")
    for name in step.lacks:
        if name in answer.headers:
            raise CaseFailed(f"{told}: {name} must not be there")
    if step.expect_body is not None and answer.text != step.expect_body:
        raise CaseFailed(f"{told}: the body is {answer.text!r}")
    if step.sent:
        received = origin.asked[case][-1][2]
        for name, value in step.sent.items():
            if received.get(name.lower()) != value:
                raise CaseFailed(f"{told}: the origin must get {name}: {value!r}, not {received.get(name.lower())!r}")


async def run_all(proxy: str, origin: Origin, cases: dict[str, list[Step]]) -> dict[str, str]:
    """Run all cases side by side; return what is wrong with each that fails."""
    failed: dict[str, str] = {}
    places = asyncio.Semaphore(64)

    async def run(case: str, steps: list[Step]) -> None:
        async with places:
            try:
                await run_case(client, origin, case, steps)
            except (CaseFailed, httpx2.HTTPError) as error:
                failed[case] = f"{type(error).__name__}: {error}"

    async with httpx2.AsyncClient(base_url=proxy, trust_env=False, timeout=20) as client:
        await asyncio.gather(*itertools.starmap(run, cases.items()))
    return failed
