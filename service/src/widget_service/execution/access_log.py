"""A line for each execution, in the form of the other logs, written by hand: a logger would cost more than the work."""

import asyncio
import logging
import os
import select
import sys
import time
from collections.abc import Callable
from functools import lru_cache

import structlog

from widget_service.execution.execution import Execution

_TOGETHER_BYTES = getattr(select, "PIPE_BUF", 512)
"""What is not longer is never mixed with what other processes write into the same pipe (POSIX, ``write``)."""


class AccessLog:
    """Writes to standard error, as `widget_service.logs.configure_logging` was told: JSON, or text for a person."""

    def __init__(self, write: Callable[[str], object] | None = None) -> None:
        self._write = write or _StandardError().write
        self._format = _for_people if _is_for_people() else _as_json
        self._is_on = bool(structlog.get_logger().is_enabled_for(logging.INFO))

    def add(self, execution: Execution, status: int) -> None:
        """Log one execution, if what is told of at all includes what went well."""
        if self._is_on:
            self._write(self._format(execution, status))


def _as_json(execution: Execution, status: int) -> str:
    call, timing = execution.call, execution.timing
    seconds = time.time()
    stamp = _stamp(int(seconds))
    code = f'"{timing.error}"' if timing.error else "null"
    host = f'"{timing.external_host}"' if timing.external_host else "null"
    return (
        f'{{"request_id": "{execution.request_id}", "tenant": "{execution.tenant_id}", '
        f'"permalink": "{_safe(call.permalink)}", '
        f'"method": "{_safe(call.method)}", "status": {status}, "code": {code}, "host": {host}, '
        f'"external_ms": {timing.seconds.get("external", 0.0) * 1000:.1f}, "total_ms": {timing.total_ms:.1f}, '
        f'"event": "execution", "level": "info", "timestamp": "{stamp}.{int(seconds % 1 * 1e6):06d}Z"}}\n'
    )


def _for_people(execution: Execution, status: int) -> str:
    call, timing = execution.call, execution.timing
    told = "".join(f" {text}" for text in (timing.error, timing.external_host) if text)
    stamp = time.strftime("%H:%M:%S")
    return f"{stamp} {status} {_safe(call.method)} {_safe(call.permalink)} {timing.total_ms:.1f} ms{told}\n"


@lru_cache(maxsize=2)
def _stamp(second: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))


def _safe(text: str) -> str:
    """Return what a caller wrote as a part of a line, and of nothing else."""
    text = text[:255]
    if text.isprintable() and text.isascii() and '"' not in text and "\\" not in text:
        return text
    return ascii(text)[1:-1].replace("\\", "/").replace('"', "'")


def _is_for_people() -> bool:
    processors = structlog.get_config()["processors"]
    return any(isinstance(processor, structlog.dev.ConsoleRenderer) for processor in processors)


class _StandardError:
    """Writes the lines of one turn of the event loop together: a system call for each would cost more than the line.

    They do not go through the layers of `sys.stderr`, which would cost as much again.
    """

    def __init__(self) -> None:
        self._waiting: list[str] = []
        self._size = 0

    def write(self, line: str) -> None:
        """Write a line of ASCII soon; at once where no event loop runs."""
        if self._size + len(line) > _TOGETHER_BYTES:
            self._flush()
        self._waiting.append(line)
        self._size += len(line)
        if len(self._waiting) == 1:
            try:
                asyncio.get_running_loop().call_soon(self._flush)
            except RuntimeError:
                self._flush()

    def _flush(self) -> None:
        if self._waiting:
            text = "".join(self._waiting)
            self._waiting.clear()
            self._size = 0
            os.write(sys.stderr.fileno(), text.encode())
