"""What admins and API tokens may do: scopes, and the roles that grant them.

| role | read | write | execute | secrets | accounts, tokens, tenants |
|---|---|---|---|---|---|
| viewer | yes | | | | |
| editor | yes | yes | yes | | |
| owner | yes | yes | yes | yes | yes |

``secrets`` is the right to set secrets, and to send one to a destination that it was not sent to before. A token has
some of these scopes and a role; where an admin made it, never more than that admin has now.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal, get_args

from widget_service.storage.admin_models import RoleName

Scope = Literal["read", "write", "execute", "secrets"]

SCOPES: Final[tuple[Scope, ...]] = get_args(Scope)
ROLES: Final[tuple[RoleName, ...]] = get_args(RoleName)
"""From the least to the most."""

SCOPES_OF_ROLE: Final[dict[RoleName, frozenset[Scope]]] = {
    "viewer": frozenset({"read"}),
    "editor": frozenset({"read", "write", "execute"}),
    "owner": frozenset(SCOPES),
}


@dataclass(frozen=True, slots=True)
class Principal:
    """Who makes a request: an admin by a session (``session_id``), or a program by an API token."""

    name: str
    role: RoleName
    scopes: frozenset[Scope]
    session_id: str | None = None
    admin: str | None = None

    @property
    def actor_name(self) -> str:
        """What the audit log calls it."""
        return f"{'token' if self.session_id is None else 'admin'}:{self.name}"


@dataclass(frozen=True, slots=True)
class Access:
    """What a route asks for: all of ``scopes``, and at least ``role``."""

    scopes: frozenset[Scope]
    role: RoleName = "viewer"

    def allows(self, principal: Principal) -> bool:
        """Whether ``principal`` may."""
        return self.scopes <= principal.scopes and rank(principal.role) >= rank(self.role)

    def __str__(self) -> str:
        wanted = " and ".join(scope for scope in SCOPES if scope in self.scopes)
        return f"scope {wanted}" + ("" if self.role == "viewer" else f", role {self.role}")


READ: Final = Access(frozenset({"read"}))
WRITE: Final = Access(frozenset({"write"}))
EXECUTE: Final = Access(frozenset({"execute"}))
CAPTURE: Final = Access(frozenset({"write", "execute"}))
"""To keep what callers send, and to read it."""

SET_SECRETS: Final = Access(frozenset({"write", "secrets"}))
OWNER_READ: Final = Access(frozenset({"read"}), "owner")
OWNER_WRITE: Final = Access(frozenset({"write"}), "owner")
OWNER_ALL: Final = Access(frozenset(SCOPES), "owner")
"""For what could give its maker more rights than it has: accounts and tokens."""


def rank(role: RoleName) -> int:
    """Return how much a role may: 0 is the least."""
    return ROLES.index(role)


def lesser(one: RoleName, other: RoleName | None) -> RoleName:
    """Return the role of both that may less; None stands for no bound."""
    return one if other is None or rank(one) <= rank(other) else other


def granted(role: RoleName, scopes: Iterable[str]) -> frozenset[Scope]:
    """Return those of ``scopes`` that the role has."""
    return frozenset(scope for scope in SCOPES_OF_ROLE[role] if scope in scopes)
