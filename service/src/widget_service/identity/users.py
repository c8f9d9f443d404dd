"""The user behind a call, as templates see it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

FIELDS_OF_CLAIMS: Final = {
    "sub": "id",
    "email": "email",
    "preferred_username": "username",
    "given_name": "first_name",
    "family_name": "last_name",
}
"""What is made of a token's registered claims (RFC 7519 §4.1.2, OpenID Connect Core 1.0 §5.1)."""


@dataclass(frozen=True, slots=True)
class User:
    """A known caller. ``profile_fields`` maps a field's number, as text, to its value."""

    id: str
    email: str | None = None
    username: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    profile_fields: Mapping[str, Any] = field(default_factory=dict)
    claims: Mapping[str, Any] = field(default_factory=dict)
    """What else the user's token says, for connectors that ask for it."""

    def as_dict(self) -> dict[str, Any]:
        """The user as plain data: what templates read as ``user.*`` and what ``GET /session`` shows."""
        return {
            "id": self.id,
            "email": self.email,
            "username": self.username,
            "first_name": self.first_name,
            "last_name": self.last_name,
            "profile_fields": dict(self.profile_fields),
        }

    def as_stored(self) -> dict[str, Any]:
        """The user with its claims, for a session's cookie."""
        return {**self.as_dict(), **({"claims": dict(self.claims)} if self.claims else {})}

    def has_claims(self, wanted: Mapping[str, Any]) -> bool:
        """Whether the user's token says all that is ``wanted``; a claim that is a list may say more."""
        return all(_says(self._claim(name), value) for name, value in wanted.items())

    def _claim(self, name: str) -> Any:
        return getattr(self, FIELDS_OF_CLAIMS[name]) if name in FIELDS_OF_CLAIMS else self.claims.get(name)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "User":
        """The reverse of `as_dict`; raises ``KeyError`` when there is no ``id``."""
        return cls(
            id=str(data["id"]),
            email=data.get("email"),
            username=data.get("username"),
            first_name=data.get("first_name"),
            last_name=data.get("last_name"),
            profile_fields={str(key): value for key, value in (data.get("profile_fields") or {}).items()},
            claims=data.get("claims") or {},
        )


def _says(claimed: Any, wanted: Any) -> bool:
    """Compare as JSON does: ``1`` is not ``true``."""
    if isinstance(claimed, list) and not isinstance(wanted, list):
        return any(_says(item, wanted) for item in claimed)
    return type(claimed) is type(wanted) and bool(claimed == wanted)
