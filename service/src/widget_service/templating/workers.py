"""Rendering in worker processes: for large bodies, and for templates that take longer than others should wait.

A worker that takes too long, or whose caller goes away, is killed; the next call starts another.
"""

import asyncio
import os
import pickle
import sys
from asyncio.subprocess import PIPE, Process
from collections import Counter

from widget_service.errors import AuthenticationFailed
from widget_service.templating.errors import LimitExceeded, TemplateRenderError
from widget_service.templating.frames import LENGTH, LIMIT, REQUEST, SIGNING, TEXT
from widget_service.templating.template import Template
from widget_service.templating.values import RenderContext

WORKER_TIMEOUT_S = 8.0
MAX_ANSWER_BYTES = 256 * 1024 * 1024


class TemplateWorkers:
    """A few processes, started when they are needed. Belongs to one event loop."""

    def __init__(self, *, count: int | None = None, timeout_s: float = WORKER_TIMEOUT_S) -> None:
        self._free = asyncio.Semaphore(count or min(os.cpu_count() or 1, 4))
        self._timeout_s = timeout_s
        self._idle: list[Process] = []
        self._all: set[Process] = set()
        self._too_expensive: dict[str, int] = {}
        self.renders: Counter[str] = Counter()
        """How often a worker has rendered, by what came of it: ``done``, or ``killed`` with the worker."""

    async def render_body(self, template: Template, context: RenderContext, *, size: int, limit: int) -> str:
        """Render the template of a body that depends on ``size`` bytes of input: here, or in a worker.

        ``limit`` is the largest size that is tried here. A template that turns out to be too expensive here is
        rendered again in a worker, where it may take more; the next time it goes there at once.
        Raises `TemplateRenderError`, and in a composite ``JWT_SIGNING_ERROR``.
        """
        size += context.size_of_steps(template.reads)
        if size <= limit and size < self._too_expensive.get(template.source, limit + 1):
            try:
                return template.render(context)
            except LimitExceeded:
                self._remember(template, size)
        return await self.render(template, context)

    async def render(self, template: Template, context: RenderContext) -> str:
        """Render in a worker; raise `TemplateRenderError`."""
        parts = {
            "source": template.source,
            "field": template.field.value,
            "composite": template.composite,
            "names": context.plain(template.reads),
        }
        request = pickle.dumps(parts, pickle.HIGHEST_PROTOCOL)
        async with self._free:
            process = self._take() or await self._start()
            try:
                async with asyncio.timeout(self._timeout_s):
                    kind, body = await _exchange(process, request)
            except TimeoutError:
                await self._break_off(process)
                raise LimitExceeded(f"takes longer than {self._timeout_s:g} s") from None
            except (OSError, asyncio.IncompleteReadError):
                await self._break_off(process)
                raise LimitExceeded("uses more memory than a worker process has") from None
            except BaseException:
                await self._break_off(process)
                raise
            self._idle.append(process)
            self.renders["done"] += 1
        return _text_of(kind, body)

    async def aclose(self) -> None:
        """End all workers."""
        for process in list(self._all):
            await self._kill(process)

    @property
    def idle(self) -> int:
        """How many workers wait for work."""
        return len(self._idle)

    @property
    def busy(self) -> int:
        """How many workers render."""
        return len(self._all) - len(self._idle)

    def _take(self) -> Process | None:
        """Return an idle worker; one that has died meanwhile is forgotten."""
        while self._idle:
            process = self._idle.pop()
            if process.returncode is None:
                return process
            self._all.discard(process)
        return None

    def _remember(self, template: Template, size: int) -> None:
        if len(self._too_expensive) >= 1000:
            self._too_expensive.clear()
        self._too_expensive[template.source] = size

    async def _start(self) -> Process:
        environment = {name: os.environ[name] for name in ("PATH", "LANG", "VIRTUAL_ENV") if name in os.environ}
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-m", "widget_service.templating.worker"), stdin=PIPE, stdout=PIPE, env=environment
        )
        self._all.add(process)
        return process

    async def _break_off(self, process: Process) -> None:
        self.renders["killed"] += 1
        await self._kill(process)

    async def _kill(self, process: Process) -> None:
        self._all.discard(process)
        if process in self._idle:
            self._idle.remove(process)
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _exchange(process: Process, request: bytes) -> tuple[bytes, bytes]:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(LENGTH.pack(REQUEST, len(request)))
    process.stdin.write(request)
    await process.stdin.drain()
    kind, length = LENGTH.unpack(await process.stdout.readexactly(LENGTH.size))
    if length > MAX_ANSWER_BYTES:
        raise OSError("the answer of a worker is too long")
    return kind, await process.stdout.readexactly(length)


def _text_of(kind: bytes, body: bytes) -> str:
    if kind == TEXT:
        return body.decode("utf-8", "surrogatepass")
    text = body.decode("utf-8", "replace")
    if kind == SIGNING:
        raise AuthenticationFailed("JWT_SIGNING_ERROR", text)
    line, column, message = text.split("\n", 2)
    error = LimitExceeded if kind == LIMIT else TemplateRenderError
    raise error(message, line=int(line), column=int(column))
