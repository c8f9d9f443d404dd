"""Whether a git host has said that somebody pushed: how each kind of host signs it, and which branch it is. No I/O."""

import hmac
import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final, Literal, get_args

HookKind = Literal["signed", "github", "bitbucket", "gitea", "gitlab"]
HOOK_KINDS: Final[tuple[HookKind, ...]] = get_args(HookKind)

_SIGNATURES: Final[dict[HookKind, tuple[tuple[str, str], ...]]] = {
    "github": (("x-hub-signature-256", "sha256="),),
    "bitbucket": (("x-hub-signature", "sha256="),),
    "gitea": (("x-forgejo-signature", ""), ("x-gitea-signature", ""), ("x-gogs-signature", "")),
}
"""Headers with the HMAC-SHA256 of the body, and what stands before it."""
_GITLAB: Final = "x-gitlab-token"


def signatures_of(kind: HookKind) -> tuple[tuple[str, str], ...]:
    """Return the headers that carry a signature of the body; ``signed`` is whoever makes one, in whichever header."""
    if kind == "signed":
        return tuple(header for headers in _SIGNATURES.values() for header in headers)
    return _SIGNATURES.get(kind, ())


def may_be_signed(kind: HookKind, headers: Mapping[str, str]) -> bool:
    """Whether a push carries what such a host sends: without it the body need not be looked at."""
    return any(name in headers for name in _headers_of(kind))


def is_signed(kind: HookKind, headers: Mapping[str, str], body: bytes, secret: str) -> bool:
    """Whether a push is signed by the secret, as a host of this kind does it; GitLab sends the secret itself."""
    if kind == "gitlab":
        return _is_same(secret, headers.get(_GITLAB, ""))
    expected = hmac.new(secret.encode(), body, sha256).hexdigest()
    given = next(((headers[name], prefix) for name, prefix in signatures_of(kind) if name in headers), None)
    return given is not None and _is_same(given[1] + expected, given[0])


def concerns(body: bytes, branch: str) -> bool:
    """Whether a push may be one to the branch; what does not say is looked at."""
    try:
        told: Any = json.loads(body)
    except (ValueError, RecursionError):
        return True
    ref = told.get("ref") if isinstance(told, dict) else None
    return not isinstance(ref, str) or ref == f"refs/heads/{branch}"


def _headers_of(kind: HookKind) -> tuple[str, ...]:
    return (_GITLAB,) if kind == "gitlab" else tuple(name for name, _ in signatures_of(kind))


def _is_same(expected: str, given: str) -> bool:
    return hmac.compare_digest(expected.encode(), given.encode("utf-8", "replace"))
