"""The user behind a call, as templates see it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class User:
    """A known caller. ``profile_fields`` maps a field's number, as text, to its value."""

    id: str
    email: str | None = None
    username: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    profile_fields: Mapping[str, Any] = field(default_factory=dict)

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
        )
