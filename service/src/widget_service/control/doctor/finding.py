"""One thing that the doctor looked at."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How it is: a ``NOTE`` is worth knowing, ``WRONG`` must be mended."""

    GOOD = "good"
    NOTE = "note"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """``subject`` is what was looked at, ``mend`` what to do where something is to be done."""

    subject: str
    state: State
    message: str
    mend: str = ""

    def as_dict(self) -> dict[str, str]:
        """The same as plain JSON values."""
        return {"subject": self.subject, "state": self.state.value, "message": self.message, "mend": self.mend}


def good(subject: str, message: str) -> Finding:
    """Return a finding that all is well."""
    return Finding(subject, State.GOOD, message)


def note(subject: str, message: str, mend: str = "") -> Finding:
    """Return a finding that is worth knowing."""
    return Finding(subject, State.NOTE, message, mend)


def wrong(subject: str, message: str, mend: str = "") -> Finding:
    """Return a finding that must be mended."""
    return Finding(subject, State.WRONG, message, mend)
