"""``POST /webhooks/git/{tenant}/{registry}``: a git host says that somebody has pushed, and signs it."""

import asyncio
import math
import time
from collections.abc import Callable
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from widget_service.admin.authentication import address_of
from widget_service.admin.bodies import body_of
from widget_service.admin.context import AdminContext
from widget_service.admin.errors import AdminError
from widget_service.control.git_pushes import signed_source
from widget_service.ratelimits.memory import RateCounter
from widget_service.ratelimits.rate import Rate
from widget_service.registry.git.pushes import concerns, is_signed, may_be_signed
from widget_service.storage.git_sources import GitSource

PREFIX: Final = "/webhooks/git"
MAX_BODY_BYTES: Final = 1024 * 1024
"""A push of a thousand commits; a larger one is found by the next poll."""
BODY_TIMEOUT_S: Final = 10.0
PER_MINUTE_AND_ADDRESS: Final = 120
"""All repositories of a host may be pushed to from one address."""
PER_MINUTE_AND_SOURCE: Final = 60
_MAX_ADDRESSES: Final = 10_000


def webhook_routes(context: AdminContext) -> list[Route]:
    """Return the route."""
    return [Route(PREFIX + "/{tenant}/{registry}", Pushes(context).answer, methods=["POST"])]


class Pushes:
    """Answers pushes. Who has seen a signed one may send it again: that makes its repository due, and no more."""

    def __init__(self, context: AdminContext, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._context, self._monotonic = context, monotonic
        self._counter = RateCounter(max_keys=_MAX_ADDRESSES)

    async def answer(self, request: Request) -> Response:
        """Answer one: who it may come from is asked before what it says is read."""
        self._count("address", address_of(self._context, request), PER_MINUTE_AND_ADDRESS)
        tenant_id, registry_id = request.path_params["tenant"], request.path_params["registry"]
        known = await asyncio.to_thread(signed_source, self._context.plane, tenant_id, registry_id)
        if known is None or not may_be_signed(known[0].webhook_kind, request.state.headers):
            raise _not_signed()
        body = await _body_of(request)
        is_ours = await asyncio.to_thread(_judged, request, body, *known)
        self._count("repository", f"{tenant_id}/{registry_id}", PER_MINUTE_AND_SOURCE)
        if not is_ours:
            return JSONResponse({"status": "ignored", "reason": "another branch"})
        await self._context.git.soon(tenant_id, registry_id)
        return JSONResponse({"status": "accepted"}, 202)

    def _count(self, name: str, key: str, limit: int) -> None:
        """Only signed pushes count for a repository: nobody else can use up what its host may send."""
        is_free, [standing] = self._counter.hit([Rate(name, key, limit, pool=name)], self._monotonic())
        if not is_free:
            wait_s = max(1, math.ceil(standing.resets_in_s))
            detail = f"There were more than {limit} pushes a minute for this {name}; the next poll finds what they say."
            raise AdminError("RATE_LIMITED", detail, headers=[("Retry-After", str(wait_s))])


async def _body_of(request: Request) -> bytes:
    try:
        async with asyncio.timeout(BODY_TIMEOUT_S):
            return await body_of(request.receive, limit=MAX_BODY_BYTES)
    except TimeoutError:
        raise AdminError("INVALID_REQUEST", f"The body did not come within {BODY_TIMEOUT_S:g} s.") from None


def _judged(request: Request, body: bytes, source: GitSource, secret: str) -> bool:
    """Return whether a push concerns the branch; raise `AdminError` where it is not signed. Takes its time."""
    if not is_signed(source.webhook_kind, request.state.headers, body, secret):
        raise _not_signed()
    return concerns(body, source.branch)


def _not_signed() -> AdminError:
    """The same for all of these: who cannot sign is not told which registries there are."""
    return AdminError("ACCESS_DENIED", "The push is not signed by the secret of this registry's webhook.")
