"""An answer that is sent as it comes, at the pace of its slower side."""

import asyncio

import structlog

from widget_service.errors import UpstreamError
from widget_service.execution.answer import Answer
from widget_service.http import Send, encode_headers

log = structlog.get_logger("widget_service.execution")


async def send_stream(send: Send, answer: Answer, *, idle_timeout_s: float) -> None:
    """Send a streamed answer, and release it.

    One that breaks off in the middle is not ended: the server closes the connection, so that the caller sees that it
    is not complete. The same becomes of a caller who takes nothing for ``idle_timeout_s`` seconds.
    """
    assert answer.stream is not None
    try:
        await send({"type": "http.response.start", "status": answer.status, "headers": encode_headers(answer.headers)})
        async for chunk in answer.stream:
            async with asyncio.timeout(idle_timeout_s):
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    except UpstreamError as error:
        log.warning("execution.broken_off", code=error.code, reason=error.log_detail or error.detail)
    except TimeoutError:
        log.warning("execution.broken_off", reason=f"the caller took nothing for {idle_timeout_s:g} s")
    finally:
        await answer.stream.aclose()
        if answer.release is not None:
            await answer.release()
