"""``POST /webhooks/git/{tenant}/{registry}``: a git host says that somebody has pushed, and signs it."""

import asyncio
import hmac
import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from widget_service.admin.bodies import body_of
from widget_service.admin.context import AdminContext
from widget_service.admin.errors import AdminError
from widget_service.control.git_sources import webhook_secret_of

PREFIX: Final = "/webhooks/git"
MAX_BODY_BYTES: Final = 25 * 1024 * 1024
"""As much as the largest host sends."""

_SIGNATURES: Final = (
    ("x-hub-signature-256", "sha256="),
    ("x-hub-signature", "sha256="),
    ("x-forgejo-signature", ""),
    ("x-gitea-signature", ""),
    ("x-gogs-signature", ""),
)
_GITLAB: Final = "x-gitlab-token"


def webhook_routes(context: AdminContext) -> list[Route]:
    """Return the route."""

    async def pushed(request: Request) -> Response:
        tenant_id, registry_id = request.path_params["tenant"], request.path_params["registry"]
        body = await body_of(request.receive, limit=MAX_BODY_BYTES)
        known = await asyncio.to_thread(webhook_secret_of, context.plane, tenant_id, registry_id)
        if known is None or not is_signed(request.state.headers, body, known[1]):
            # The same for all of these: who cannot sign is not told which registries there are.
            raise AdminError("ACCESS_DENIED", "The push is not signed by the secret of this registry's webhook.")
        if not concerns(body, known[0].branch):
            return JSONResponse({"status": "ignored", "reason": "another branch"})
        await context.git.soon(tenant_id, registry_id)
        return JSONResponse({"status": "accepted"}, 202)

    return [Route(PREFIX + "/{tenant}/{registry}", pushed, methods=["POST"])]


def is_signed(headers: Mapping[str, str], body: bytes, secret: str) -> bool:
    """Whether a push is signed by the secret: HMAC-SHA256 of the body, or for GitLab the secret itself as its token."""
    expected = hmac.new(secret.encode(), body, sha256).hexdigest()
    for name, prefix in _SIGNATURES:
        given = headers.get(name)
        if given is not None and given.startswith(prefix):
            return hmac.compare_digest((prefix + expected).encode(), given.encode("utf-8", "replace"))
    token = headers.get(_GITLAB)
    return token is not None and hmac.compare_digest(secret.encode(), token.encode("utf-8", "replace"))


def concerns(body: bytes, branch: str) -> bool:
    """Whether a push may be one to the branch; what does not say is looked at."""
    try:
        told: Any = json.loads(body)
    except (ValueError, RecursionError):
        return True
    ref = told.get("ref") if isinstance(told, dict) else None
    return not isinstance(ref, str) or ref == f"refs/heads/{branch}"
