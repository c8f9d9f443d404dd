"""Dates of HTTP (RFC 9110 §5.6.7): three forms, nothing else, and letters of either case (RFC 9111 §4.2)."""

import re
import time
from calendar import timegm
from functools import lru_cache

_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS = {name: number for number, name in enumerate(_NAMES, start=1)}
_MONTH = f"(?P<month>{'|'.join(_MONTHS)})"
_TIME = r"(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2})"
_SHORT_DAY = "(?:mon|tue|wed|thu|fri|sat|sun)"
_LONG_DAY = "(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday)"
_FORMS = tuple(
    re.compile(form, re.IGNORECASE | re.ASCII)
    for form in (
        rf"{_SHORT_DAY}, (?P<day>[0-9]{{2}}) {_MONTH} (?P<year>[0-9]{{4}}) {_TIME} GMT",
        rf"{_LONG_DAY}, (?P<day>[0-9]{{2}})-{_MONTH}-(?P<short_year>[0-9]{{2}}) {_TIME} GMT",
        rf"{_SHORT_DAY} {_MONTH} (?P<day>[0-9]{{2}}| [0-9]) {_TIME} (?P<year>[0-9]{{4}})",
    )
)
_MAX_CHARS = len("Wednesday, 31-Dec-99 23:59:59 GMT")
_CENTURY = 100
_FUTURE_YEARS = 50


def parse_date(text: str) -> int | None:
    """Return Unix seconds; None for what is no such date: a cache then takes it for invalid, never for a guess."""
    text = text.strip()
    return _parsed(text) if len(text) <= _MAX_CHARS else None


@lru_cache(maxsize=1024)
def _parsed(text: str) -> int | None:
    match = next(filter(None, (form.fullmatch(text) for form in _FORMS)), None)
    if match is None:
        return None
    parts = match.groupdict()
    year = int(parts["year"]) if parts.get("year") else _full_year(int(parts["short_year"]))
    month, day = _MONTHS[parts["month"].lower()], int(parts["day"])
    hour, minute, second = int(parts["hour"]), int(parts["minute"]), int(parts["second"])
    if not (1 <= day <= 31 and hour < 24 and minute < 60 and second <= 60):
        return None
    return timegm((year, month, day, hour, minute, second))


@lru_cache(maxsize=64)
def format_date(moment: int) -> str:
    """Return Unix seconds in the one form that is sent."""
    return time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(moment))


def _full_year(short: int) -> int:
    """Two digits that seem to be more than 50 years ahead mean the past (RFC 9110 §5.6.7)."""
    this_year = time.gmtime().tm_year
    year = this_year - this_year % _CENTURY + short
    return year - _CENTURY if year > this_year + _FUTURE_YEARS else year
