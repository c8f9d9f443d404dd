"""Asking the destination whether a kept answer still holds, and answering such questions (RFC 9111 §4.3)."""

from collections.abc import Mapping, Sequence

from widget_service.caching.dates import format_date, parse_date
from widget_service.caching.entry import Entry
from widget_service.caching.freshness import Times
from widget_service.caching.headers import NOT_UPDATED, Pair, value_of
from widget_service.caching.storing import Rules, kept_headers, terms_of

CONDITIONS = frozenset({"if-none-match", "if-modified-since", "if-match", "if-unmodified-since", "if-range"})
NOT_MODIFIED = 304


def conditions_of(entry: Entry) -> list[Pair]:
    """Return the headers that ask whether ``entry`` still holds; none where it has no validator."""
    conditions: list[Pair] = []
    if (etag := entry.etag) is not None:
        conditions.append(("If-None-Match", etag))
    if (changed := entry.last_modified) is not None:
        conditions.append(("If-Modified-Since", changed))
    return conditions


def confirms(headers: Sequence[Pair], entry: Entry) -> bool:
    """Whether a 304 with these headers speaks of ``entry`` (§4.3.4)."""
    etag = value_of(headers, "etag")
    if etag is not None:
        return entry.etag is not None and _weakly(etag) == _weakly(entry.etag)
    changed = value_of(headers, "last-modified")
    return changed is None or entry.last_modified is None or changed == entry.last_modified


def updated(entry: Entry, headers: Sequence[Pair], times: Times, rules: Rules, *, epoch: str) -> Entry | None:
    """Return the entry with the headers of a 304, fresh again on their terms (§3.2); None where it must be dropped."""
    merged = merged_headers(entry.headers, headers, times)
    terms = terms_of(entry.status, merged, times, rules)
    if terms is None or terms.vary != entry.terms.vary:
        return None
    kept = tuple(kept_headers(merged, is_shared=rules.is_shared))
    return Entry(entry.status, kept, entry.body, terms, entry.uri, epoch, entry.selecting)


def merged_headers(kept: Sequence[Pair], newer: Sequence[Pair], times: Times) -> list[Pair]:
    """Return kept headers with those of a newer answer without a body in their place."""
    fresh = [pair for pair in newer if pair[0].lower() not in NOT_UPDATED]
    if value_of(fresh, "date") is None:
        fresh.append(("Date", format_date(int(times.received_at))))
    replaced = {name.lower() for name, _ in fresh}
    return [pair for pair in kept if pair[0].lower() not in replaced] + fresh


def is_unmodified(entry: Entry, request: Mapping[str, str]) -> bool:
    """Whether a request with conditions (lowercase names) is answered with 304 (RFC 9110 §13.2.2)."""
    if (listed := request.get("if-none-match")) is not None:
        return listed.strip() == "*" or _is_listed(entry.etag, listed)
    if (since := request.get("if-modified-since")) is not None:
        asked = parse_date(since)
        moment = _changed_at(entry)
        return asked is not None and moment is not None and moment <= asked
    return False


def _changed_at(entry: Entry) -> float | None:
    """Without ``Last-Modified`` the ``Date`` counts, and without that the time it was made (RFC 9111 §4.3.2)."""
    text = entry.last_modified or value_of(entry.headers, "date")
    return entry.terms.born_at if text is None else parse_date(text)


def _is_listed(etag: str | None, listed: str) -> bool:
    if etag is None:
        return False
    return _weakly(etag) in {_weakly(part) for part in _split(listed)}


def _weakly(etag: str) -> str:
    """Return a tag for the weak comparison (RFC 9110 §8.8.3.2); quotes that are missing are forgiven."""
    etag = etag.strip()
    return etag.removeprefix("W/").strip('"')


def _split(listed: str) -> list[str]:
    """Split a list of tags, which may hold commas within their quotes."""
    parts, current, quoted = [], "", False
    for character in listed:
        if character == '"':
            quoted = not quoted
        if character == "," and not quoted:
            parts.append(current)
            current = ""
        else:
            current += character
    return [*parts, current]
