"""``REPO/.widget-service/recordings``: a file for each recorded request, to be read, compared and committed."""

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

from widget_service.dev.config import STATE_DIR
from widget_service.dev.offline.asked import Asked, as_object, line_of
from widget_service.dev.offline.bodies import UnreadableBody, kept_body, served_body
from widget_service.execution.hiding import scrubbed
from widget_service.templating.masking import Scrubber

FOLDER_NAME = "recordings"
VARIABLES_NAME = "variables.json"

_VOLATILE = frozenset(
    {
        *("age", "alt-svc", "cf-cache-status", "cf-ray", "connection", "content-encoding", "content-length", "date"),
        *("etag", "expires", "keep-alive", "last-modified", "nel", "report-to", "server", "server-timing"),
        *("set-cookie", "set-cookie2", "strict-transport-security", "traceparent", "tracestate", "transfer-encoding"),
        *("via", "x-amz-cf-id", "x-amz-cf-pop", "x-amzn-requestid", "x-amzn-trace-id", "x-cache", "x-correlation-id"),
        *("x-powered-by", "x-request-id", "x-response-time", "x-runtime", "x-served-by", "x-timer", "x-trace-id"),
    }
)
_VOLATILE_PREFIXES = ("x-ratelimit-", "ratelimit-")
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Recorded:
    """An answer that was recorded."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


class UnusableRecording(Exception):
    """A file that is no recording; the text says which, and why."""


class Recordings:
    """Reads and writes the recordings of a repository."""

    def __init__(self, repo: Path) -> None:
        self.folder = repo / STATE_DIR / FOLDER_NAME
        self._writing = Lock()

    def keep(self, asked: Asked, status: int, headers: Iterable[tuple[str, str]], body: bytes) -> None:
        """Write what was answered. A file that says the same already is left alone, whatever its order."""
        kept_headers = [(name, asked.hidden.scrub(value)) for name, value in headers if not _is_volatile(name)]
        response = {"status": status, "headers": as_object(kept_headers), **kept_body(body, asked.hidden)}
        self._write(self.folder / asked.name / asked.file_name, {"request": asked.request, "response": response})

    def keep_variables(self, variables: Mapping[str, str], secrets: Iterable[str]) -> None:
        """Write the plain values that requests are made of: without them, other requests would be made."""
        if variables:
            self._write(self.folder / VARIABLES_NAME, scrubbed(dict(sorted(variables.items())), Scrubber(secrets)))

    def variables(self) -> dict[str, str]:
        """Return what `keep_variables` wrote."""
        try:
            found = _read(self.folder / VARIABLES_NAME)
        except ValueError:
            return {}
        return {name: value for name, value in found.items() if isinstance(value, str)} if found else {}

    def find(self, asked: Asked) -> Recorded | None:
        """Return what was recorded for a request; None where nothing was. Raises `UnusableRecording`."""
        file = self.folder / asked.name / asked.file_name
        try:
            document = _read(file)
            return None if document is None else recorded_in(document)
        except (ValueError, UnreadableBody) as error:
            raise UnusableRecording(f"{file.name} cannot be used: {error}; record it again") from None

    def lines(self, name: str) -> list[str]:
        """Return the requests that were recorded for a connector, a line each."""
        lines = []
        for file in sorted((self.folder / name).glob("*.json")):
            try:
                lines.append(line_of((_read(file) or {}).get("request", {})))
            except (ValueError, AttributeError, TypeError):
                lines.append(f"{file.name}, which cannot be read")
        return lines[:_SHOWN] + ([f"and {len(lines) - _SHOWN} more"] if len(lines) > _SHOWN else [])

    def _write(self, file: Path, document: dict[str, Any]) -> None:
        with self._writing:  # a page may ask the same twice at once
            if _is_same(file, document):
                return
            file.parent.mkdir(parents=True, exist_ok=True)
            temporary = file.with_suffix(".tmp")
            temporary.write_bytes(_pretty(document))
            os.replace(temporary, file)


def _pretty(document: dict[str, Any]) -> bytes:
    try:
        return json.dumps(document, ensure_ascii=False, indent=2).encode() + b"\n"
    except UnicodeEncodeError:
        return json.dumps(document, indent=2).encode() + b"\n"


def _is_same(file: Path, document: dict[str, Any]) -> bool:
    try:
        return _read(file) == document
    except ValueError:
        return False  # what cannot be read is replaced


def leads_out(file: Path, folder: Path) -> bool:
    """Whether a file is a link out of its folder: a repository of somebody else may hold links to anything."""
    return not file.resolve().is_relative_to(folder.resolve())


def _read(file: Path) -> dict[str, Any] | None:
    """Return the object in a file, None where there is no file; raise ``ValueError`` for what is no object."""
    if leads_out(file, file.parent):
        raise ValueError("it is a link that leads out of its folder")
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ValueError(error.strerror or "it cannot be read") from None
    if not isinstance(document, dict):
        raise ValueError("it is no JSON object")
    return document


def recorded_in(document: dict[str, Any]) -> Recorded:
    """Return the answer in a recording; raise ``ValueError`` where it is none."""
    response = document.get("response")
    if not isinstance(response, dict) or type(response.get("status")) is not int:
        raise ValueError("it has no response with a status")
    headers = response.get("headers", {})
    if not isinstance(headers, dict):
        raise ValueError("its headers are no object")
    pairs = [
        (name, str(item)) for name, value in headers.items() for item in (value if isinstance(value, list) else [value])
    ]
    return Recorded(response["status"], pairs, served_body(response))


def _is_volatile(name: str) -> bool:
    lower = name.lower()
    return lower in _VOLATILE or lower.startswith(_VOLATILE_PREFIXES)
