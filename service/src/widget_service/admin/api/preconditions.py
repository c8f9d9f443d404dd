"""``ETag``, ``If-Match`` and ``If-None-Match`` against lost updates (RFC 9110 §13)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from widget_service.admin.errors import AdminError

_TAG = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')


def etag(version: str | int) -> str:
    """Return the strong entity tag of a version."""
    return f'"{version}"'


@dataclass(frozen=True, slots=True)
class Precondition:
    """What a request says about the state that it means to change."""

    if_match: str | None
    if_none_match: str | None

    @classmethod
    def of(cls, headers: Mapping[str, str]) -> "Precondition":
        """Return that of a request."""
        return cls(headers.get("if-match"), headers.get("if-none-match"))

    def check(self, current: str | None) -> None:
        """Raise `AdminError` unless a change of what has the tag ``current`` is meant; None: there is nothing yet.

        To change what is there, its tag must be sent, or ``*`` by who does not mind what is there.
        """
        if self.if_none_match is not None and _matches(self.if_none_match, current, weak=True):
            raise AdminError("PRECONDITION_FAILED", "It is there already, and was to be made: see If-None-Match.")
        if self.if_match is not None:
            if not _matches(self.if_match, current):
                raise AdminError(
                    "PRECONDITION_FAILED",
                    "Somebody else has changed it since it was read; read it again, and change that.",
                    headers=[] if current is None else [("ETag", current)],
                )
        elif current is not None and self.if_none_match is None:
            raise AdminError(
                "PRECONDITION_REQUIRED",
                "Send If-Match with the ETag of what is to be changed, so that nothing is lost.",
            )

    def names(self, current: str) -> bool:
        """Whether ``If-Match`` names the tag."""
        return self.if_match is not None and _matches(self.if_match, current)

    def is_unchanged(self, current: str) -> bool:
        """Whether a reader has the same already (304)."""
        return self.if_none_match is not None and _matches(self.if_none_match, current, weak=True)


def _matches(header: str, current: str | None, *, weak: bool = False) -> bool:
    if header.strip() == "*":
        return current is not None
    tags = {f'"{value}"' for is_weak, value in _TAG.findall(header) if weak or not is_weak}
    return current in tags
