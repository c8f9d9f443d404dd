"""The worker process: renders templates of bodies that are too large for the service's own process.

``python -m widget_service.templating.worker`` reads requests from its standard input and writes answers to its
standard output, one at a time, each with its length before it. It gets plain data only, no secret, and the operating
system limits its memory. Whoever started it ends it when it takes too long.
"""

import os
import pickle
import resource
import sys
from functools import lru_cache
from typing import Any, BinaryIO

from widget_service.errors import AuthenticationFailed
from widget_service.templating.errors import LimitExceeded, TemplateRenderError
from widget_service.templating.fields import Field
from widget_service.templating.frames import ERROR, LENGTH, LIMIT, SIGNING, TEXT
from widget_service.templating.limits import IN_WORKER, Budget
from widget_service.templating.template import Template
from widget_service.templating.values import RenderContext, ResponseView

MAX_MEMORY_BYTES = 768 * 1024 * 1024


def main() -> None:
    """Answer until the standard input ends."""
    _limit_resources()
    requests, answers = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    while header := requests.read(LENGTH.size):
        _, length = LENGTH.unpack(header)
        kind, body = _answer(requests, length)
        answers.write(LENGTH.pack(kind, len(body)))
        answers.write(body)
        answers.flush()


def _limit_resources() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _answer(requests: BinaryIO, length: int) -> tuple[bytes, bytes]:
    try:
        # Written by the service itself, which is the only one at the other end.
        request: dict[str, Any] = pickle.loads(requests.read(length))  # noqa: S301
        return TEXT, _render(request).encode("utf-8", "surrogatepass")
    except LimitExceeded as error:
        return LIMIT, _told(error)
    except TemplateRenderError as error:
        return ERROR, _told(error)
    except AuthenticationFailed as error:
        return SIGNING, error.detail.encode("utf-8", "replace")
    except MemoryError:
        return LIMIT, b"0\n0\nuses more memory than a worker process has"


def _render(request: dict[str, Any]) -> str:
    names, response = request["names"], request["names"]["response"]
    now: float = names["now"]
    context = RenderContext(
        user=names["user"],
        tenant_id=names["tenant_id"],
        now=lambda: now,
        body_text=names["body_text"],
        body_raw=names["body_raw"],
        get_variable=names["variables"].__getitem__,
        response=ResponseView(**response) if response is not None else None,
        steps=names["steps"],
        request=names["request"],
        budget=Budget(IN_WORKER),
    )
    return _template(request["source"], request["field"], request["composite"]).render(context)


@lru_cache(maxsize=64)
def _template(source: str, field: str, composite: bool) -> Template:
    return Template(source, Field(field), composite=composite)


def _told(error: TemplateRenderError) -> bytes:
    return f"{error.line}\n{error.column}\n{error.message}".encode("utf-8", "replace")


if __name__ == "__main__":
    main()
