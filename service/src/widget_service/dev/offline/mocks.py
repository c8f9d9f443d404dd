"""``REPO/.widget-service/mocks``: what ``dev --mock`` answers, a file for each connector.

``PERMALINK.schema.json`` is a JSON Schema, of which an answer is invented; any other ``PERMALINK.*`` is an answer as it
stands, its type told by its ending. An answer with a status or headers is written like a recording.
"""

import json
import mimetypes
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from widget_service.dev.config import STATE_DIR
from widget_service.dev.offline.bodies import json_bytes
from widget_service.dev.offline.inventing import NotInventable, invent
from widget_service.dev.offline.recordings import leads_out, recorded_in

FOLDER_NAME = "mocks"
_SCHEMA_ENDING = ".schema.json"
_OF_RECORDINGS = frozenset({"request", "response"})


@dataclass(frozen=True, slots=True)
class Mock:
    """An answer that is made up."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


class UnusableMock(Exception):
    """A file of which no answer can be made; the text says which, and why."""


class Mocks:
    """Reads the mocks of a repository; a saved one is used at once."""

    def __init__(self, repo: Path) -> None:
        self.folder = repo / STATE_DIR / FOLDER_NAME

    def find(self, name: str) -> Mock | None:
        """Return the mock of a connector; None where there is none. Raises `UnusableMock`."""
        files = sorted(self.folder.glob(f"{name}.*")) if self.folder.is_dir() else []
        examples = [file for file in files if file.name.rpartition(".")[0] == name and file.is_file()]
        schema = self.folder / f"{name}{_SCHEMA_ENDING}"
        file = examples[0] if examples else schema
        if not file.is_file():
            return None
        if leads_out(file, self.folder):
            raise UnusableMock(f"{file.name} is a link that leads out of its folder")
        return _invented(file) if file == schema else _example(file)


def _example(file: Path) -> Mock:
    media_type = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    if media_type == "application/json":
        value = _parsed(file)
        if isinstance(value, dict) and isinstance(value.get("response"), dict) and value.keys() <= _OF_RECORDINGS:
            return _like_a_recording(file, value)
    is_text = media_type.startswith("text/")
    return _answer(f"{media_type}; charset=utf-8" if is_text else media_type, file.read_bytes())


def _like_a_recording(file: Path, value: dict[str, Any]) -> Mock:
    try:
        recorded = recorded_in(value)
    except ValueError as error:
        raise UnusableMock(f"{file.name}: {error}") from None
    return Mock(recorded.status, recorded.headers, recorded.body)


def _answer(media_type: str, body: bytes) -> Mock:
    return Mock(200, [("Content-Type", media_type)], body)


def _invented(file: Path) -> Mock:
    try:
        return _answer("application/json", json_bytes(invent(_parsed(file))))
    except (NotInventable, TypeError, AttributeError, RecursionError) as error:
        raise UnusableMock(f"{file.name}: {error}") from None


def _parsed(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UnusableMock(f"{file.name} is not JSON: {error}") from None
