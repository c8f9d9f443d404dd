"""Looking headers up, and which of them an answer is kept without (RFC 9111 §3.1, RFC 9110 §7.6.1)."""

from collections.abc import Iterable, Sequence

Pair = tuple[str, str]

NOT_STORED = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authentication-info",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)

NOT_UPDATED = frozenset({"content-length", "content-encoding", "content-md5", "content-range"})
"""They belong to the body that is kept: an answer without a body does not change them (RFC 9111 §3.2)."""


def values_of(headers: Iterable[Pair], name: str) -> list[str]:
    """Return the values of every header of a (lowercase) name."""
    return [value for header, value in headers if header.lower() == name]


def value_of(headers: Iterable[Pair], name: str) -> str | None:
    """Return the value of the first header of a (lowercase) name."""
    return next((value for header, value in headers if header.lower() == name), None)


def joined(headers: Iterable[Pair], name: str) -> str | None:
    """Return the values of all headers of a name as one list (RFC 9110 §5.3)."""
    values = values_of(headers, name)
    return ", ".join(values) if values else None


def table_of(headers: Iterable[Pair]) -> dict[str, str]:
    """Return the headers by their lowercase names; values of one name are one list (RFC 9110 §5.3).

    Those of ``set-cookie`` stand on lines of their own: they hold commas, and cannot be joined by them.
    """
    table: dict[str, str] = {}
    for name, value in headers:
        key = name.lower()
        table[key] = f"{table[key]}{chr(10) if key == 'set-cookie' else ', '}{value}" if key in table else value
    return table


def members(headers: Iterable[Pair], name: str) -> list[str]:
    """Return the lowercase members of a list of tokens, over all its lines."""
    return [part.strip().lower() for value in values_of(headers, name) for part in value.split(",") if part.strip()]


def without(headers: Sequence[Pair], names: Iterable[str]) -> list[Pair]:
    """Return the headers but for those of some lowercase names."""
    dropped = frozenset(names)
    return [pair for pair in headers if pair[0].lower() not in dropped]
