"""``REPO/.widget-service/dev.toml``: secrets, variables, mapped hosts and test users to try a repository with."""

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from widget_service.connectors.problems import Problem
from widget_service.egress.urls import UrlError, parse_url
from widget_service.identity.users import User

STATE_DIR = ".widget-service"
FILE_NAME = "dev.toml"

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_TEXTS = ("email", "username", "first_name", "last_name")
_TABLES = ("profile_fields", "claims")
_USER_FIELDS = frozenset({"id", *_TEXTS, *_TABLES})
_SECTIONS = ("secrets", "variables", "map", "users")


@dataclass(frozen=True, slots=True)
class DevConfig:
    """What ``dev.toml`` says. ``host_map`` maps a host to the origin that is called in its place."""

    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    variables: Mapping[str, str] = field(default_factory=dict)
    host_map: Mapping[str, str] = field(default_factory=dict)
    users: tuple[User, ...] = ()


def dev_config_file(repo: Path) -> Path:
    """Return where the file of a repository lies."""
    return repo / STATE_DIR / FILE_NAME


def read_dev_config(file: Path) -> tuple[DevConfig, list[Problem]]:
    """Return what ``file`` says and every problem in it; a file that is not there says nothing."""
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return DevConfig(), []
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        return DevConfig(), [_problem("$", f"cannot be read as TOML: {error}", "a TOML file in UTF-8")]
    reader = _Reader(data)
    return reader.config(), reader.problems


class _Reader:
    """Reads the sections, collecting problems instead of stopping at the first."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._data = data
        self.problems = [
            _problem(f"$.{name}", "no such section", f"one of {', '.join(_SECTIONS)}")
            for name in data
            if name not in _SECTIONS
        ]

    def config(self) -> DevConfig:
        secrets, variables = self._pairs("secrets"), self._pairs("variables")
        for name in sorted(secrets.keys() & variables.keys()):
            self._report(f"$.variables.{name}", "is the name of a secret too", "a name for one of the two kinds")
        return DevConfig(secrets, variables, self._host_map(), self._users())

    def _pairs(self, section: str) -> dict[str, str]:
        pairs: dict[str, str] = {}
        for name, value in self._table(section).items():
            place = f"$.{section}.{name}"
            if not _NAME.fullmatch(name):
                self._report(place, "is not a name", "letters, digits and underscores, no digit first")
            elif not isinstance(value, str) or not value:
                self._report(place, "has no usable value", "a text that is not empty, in quotes")
            else:
                pairs[name] = value
        return pairs

    def _host_map(self) -> dict[str, str]:
        mapped: dict[str, str] = {}
        for host, origin in self._table("map").items():
            try:
                mapped[host] = check_mapping(host, origin)
            except ValueError as error:
                self._report(f"$.map.{host}", str(error), '"api.example.com" = "http://127.0.0.1:9000"')
        return mapped

    def _users(self) -> tuple[User, ...]:
        entries = self._data.get("users", [])
        if not isinstance(entries, list):
            self._report("$.users", "is not a list", "[[users]] before each user")
            return ()
        users = [user for index, entry in enumerate(entries) if (user := self._user(entry, f"$.users[{index}]"))]
        ids = [user.id for user in users]
        for index, id_ in enumerate(ids):
            if id_ in ids[:index]:
                self._report(f"$.users[{index}].id", f"'{id_}' is the id of another user", "an id of its own")
        return tuple(users)

    def _user(self, entry: object, place: str) -> User | None:
        if not isinstance(entry, dict):
            self._report(place, "is not a table", "[[users]] before each user")
            return None
        for name in entry.keys() - _USER_FIELDS:
            self._report(f"{place}.{name}", "no such field", f"one of {', '.join(sorted(_USER_FIELDS))}")
        if not isinstance(entry.get("id"), str | int) or not str(entry["id"]).strip():
            self._report(f"{place}.id", "is missing", "the user's id")
            return None
        faults = [
            *((name, "is no text", "text in quotes") for name in _TEXTS if not isinstance(entry.get(name, ""), str)),
            *((name, "is not a table", '{ "1" = "value" }') for name in _TABLES if not _is_plain(entry.get(name, {}))),
        ]
        for name, message, expected in faults:
            self._report(f"{place}.{name}", message, expected)
        return None if faults else User.from_dict(entry)

    def _table(self, section: str) -> Mapping[str, Any]:
        table = self._data.get(section, {})
        if isinstance(table, dict):
            return table
        self._report(f"$.{section}", "is not a table", f"[{section}] with one NAME = value a line")
        return {}

    def _report(self, path: str, message: str, expected: str) -> None:
        self.problems.append(_problem(path, message, expected))


def _is_plain(value: object) -> bool:
    """Whether ``value`` is a table of what JSON can write; TOML has dates as well."""
    try:
        json.dumps(value)
    except (TypeError, ValueError):
        return False
    return isinstance(value, dict)


def check_mapping(host: str, origin: object) -> str:
    """Return the origin that ``host`` is mapped to, normalised; raise ``ValueError`` saying what is wrong."""
    if not host or "/" in host or "@" in host:
        raise ValueError(f"{host!r} is not a host name")
    if not isinstance(origin, str):
        raise ValueError("is not an origin")
    try:
        url = parse_url(origin)
    except UrlError as error:
        shown = "what it is mapped to" if "@" in origin else repr(origin)  # it may hold a password
        raise ValueError(f"{shown} is not an origin: {error}") from None
    if url.path not in ("", "/") or url.query:
        raise ValueError("is mapped to a URL with a path; only http(s)://host[:port] is right")
    return url.origin


def _problem(path: str, message: str, expected: str) -> Problem:
    return Problem(path=path, message=message, expected=expected, severity="error")
