"""Reading the audit log, and checking that nobody has changed it."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from widget_service.control.plane import ControlPlane
from widget_service.storage import audit
from widget_service.storage.audit import ZERO, Entry, Head


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found. ``broken`` is the number of the first entry that is wrong, None where the fault is another."""

    count: int
    hash: str
    is_intact: bool
    broken: int | None = None
    reason: str = ""


def verify(plane: ControlPlane, *, noted: tuple[int, str] | None = None) -> Verdict:
    """Check the whole log: every hash, that none is missing, and the signature of the last.

    ``noted`` is a number and the hash that its entry had, kept elsewhere: by it a log is caught of which the end was
    cut off together with its head, from an older copy of the database.
    """
    with plane.database.read() as read:
        last = audit.head(read.connection)
        verdict = verify_entries(audit.entries(read.connection), noted=noted)
    if not verdict.is_intact:
        return verdict
    return _verify_head(plane, last, verdict)


def verify_entries(entries: Iterable[Entry], *, noted: tuple[int, str] | None = None) -> Verdict:
    """Check the chain alone, as an export holds it."""
    number, last_hash, noted_is_there = 0, ZERO, noted is None
    for entry in entries:
        number += 1
        if entry.number != number:
            return _broken(number, last_hash, "is missing")
        if entry.hash != entry.expected_hash(last_hash):
            return _broken(number, last_hash, "is not what it was when it was written")
        last_hash = entry.hash
        if noted is not None and number == noted[0]:
            if last_hash != noted[1]:
                return _broken(number, last_hash, f"has another hash than the noted {noted[1]}")
            noted_is_there = True
    if not noted_is_there and noted is not None:
        return Verdict(number, last_hash, False, number + 1, f"is missing: entry {noted[0]} was noted once")
    return Verdict(number, last_hash, True)


def entries(plane: ControlPlane, *, before: int | None = None, limit: int | None = None, **equal: Any) -> list[Entry]:
    """Return entries, the youngest first where ``before`` is a number; those with the columns ``equal`` only."""
    with plane.database.read() as read:
        return list(audit.entries(read.connection, before=before, limit=limit, **equal))


def export(plane: ControlPlane) -> Iterator[str]:
    """Yield each entry as one line of JSON, the oldest first."""
    with plane.database.read() as read:
        for entry in audit.entries(read.connection):
            yield line_of(entry)


def line_of(entry: Entry) -> str:
    """Return an entry as one line of JSON."""
    return json.dumps(asdict(entry), ensure_ascii=False, separators=(",", ":"))


def entry_of(line: str) -> Entry:
    """Return the entry that `line_of` has written; raise `ValueError`."""
    try:
        entry = Entry(**json.loads(line))
    except (TypeError, RecursionError) as error:
        raise ValueError("is no entry of an audit log") from error
    return entry


def _verify_head(plane: ControlPlane, last: Head, verdict: Verdict) -> Verdict:
    if verdict.count == 0:
        return Verdict(0, ZERO, False, None, "The log holds no entry: nothing was changed yet, or all was deleted.")
    if _is_garbled(last.count, last.signature):
        return Verdict(verdict.count, verdict.hash, False, None, "The head is not what it was when it was written.")
    if (last.count, last.hash) != (verdict.count, verdict.hash):
        missing = verdict.count + 1 if last.count > verdict.count else last.count + 1
        return Verdict(verdict.count, verdict.hash, False, missing, f"does not agree with the head, at {last.count}")
    if plane.audit_keys.signer_of(last.signed, last.signature) is None:
        reason = "The head is not signed by a master key of this service: the log was written anew, or the key is gone."
        return Verdict(verdict.count, verdict.hash, False, None, reason)
    return verdict


def _is_garbled(count: object, signature: object) -> bool:
    """Whether the head has values that were never written: a database file can be made to hold any."""
    return not (isinstance(count, int) and isinstance(signature, bytes))


def _broken(number: int, last_hash: str, reason: str) -> Verdict:
    return Verdict(number - 1, last_hash, False, number, reason)
