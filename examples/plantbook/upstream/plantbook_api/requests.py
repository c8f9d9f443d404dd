"""What a request asks for: its region and its query parameters, or what is wrong with them."""

from collections.abc import Mapping
from dataclasses import dataclass

from plantbook_api.catalogue import Search
from plantbook_api.regions import REGIONS, Region

DEFAULT_LIMIT, MAX_LIMIT = 20, 100

_CHOICES = {
    "light": ("", "low", "medium", "bright", "direct"),
    "pet_safe": ("", "true", "false"),
    "status": ("all", "published", "draft"),
    "sort": ("popular", "name"),
}


class BadRequest(Exception):
    """The request cannot be understood; the message says what would be right."""


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a list is wanted."""

    limit: int
    offset: int


def region_of(headers: Mapping[str, str]) -> Region:
    """Return the region of the header ``X-Plantbook-Region``; without it, the European Union."""
    name = headers.get("x-plantbook-region", "eu").lower()
    if name not in REGIONS:
        raise BadRequest(f"X-Plantbook-Region must be one of {', '.join(REGIONS)}.")
    return REGIONS[name]


def search_of(query: Mapping[str, str]) -> Search:
    """Return what the query parameters look for."""
    pet_safe = _choice(query, "pet_safe")
    return Search(
        q=query.get("q", "").strip(),
        light=_choice(query, "light"),
        pet_safe=pet_safe == "true" if pet_safe else None,
        status=_choice(query, "status"),
        sort=_choice(query, "sort"),
    )


def page_of(query: Mapping[str, str]) -> Page:
    """Return the page that the query parameters ask for."""
    limit = _number(query, "limit", DEFAULT_LIMIT, minimum=1, maximum=MAX_LIMIT)
    return Page(limit, _number(query, "offset", 0, minimum=0, maximum=1_000_000))


def _choice(query: Mapping[str, str], name: str) -> str:
    choices = _CHOICES[name]
    value = query.get(name, choices[0])
    if value not in choices:
        raise BadRequest(f"{name} must be one of {', '.join(filter(None, choices))}.")
    return value


def _number(query: Mapping[str, str], name: str, default: int, *, minimum: int, maximum: int) -> int:
    text = query.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(maximum)) and minimum <= int(text) <= maximum):
        raise BadRequest(f"{name} must be a whole number from {minimum} to {maximum}.")
    return int(text)
