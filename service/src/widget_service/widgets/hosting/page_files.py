"""Hosting the files of a page: its scripts and stylesheets, one URL each."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import quote

from widget_service.connectors.problems import Finding, Problem
from widget_service.widgets.definition import PageFile
from widget_service.widgets.fields import is_url
from widget_service.widgets.hosting.asset import Asset, asset
from widget_service.widgets.hosting.folder import MAX_FILE_BYTES, find_file, read_file, too_large

PAGE_FILES_URL = "/page-files/"


@dataclass(frozen=True, slots=True)
class HostedPageFile:
    """A script or stylesheet: the URL to write into a page, and the file there, if the service has it."""

    url: str
    assets: Mapping[str, Asset]


def host_page_file(
    repo: Path, definition: PageFile, *, place: str = "$"
) -> tuple[HostedPageFile | None, list[Problem]]:
    """Read a script or stylesheet; return it, or None and what is wrong. An external URL stays as it is."""
    if is_url(definition.path):
        return HostedPageFile(definition.path, {}), []
    body, finding = _read(repo, definition.path)
    if finding is not None:
        return None, [finding.at(f"{place}.path", subject=definition.name)]
    name = PurePosixPath(definition.path).name
    file = asset(name, body)
    path = f"{PAGE_FILES_URL}{definition.name}/{file.etag[1:-1]}/{name}"
    return HostedPageFile(quote(path), {path: file}), []


def _read(repo: Path, path: str) -> tuple[bytes, Finding | None]:
    file = find_file(repo, path)
    body = read_file(file) if file else None
    if body is None:
        return b"", Finding(code="file_not_found", message="is no file of the repository", expected="a file")
    if len(body) > MAX_FILE_BYTES:
        return b"", too_large("", MAX_FILE_BYTES)
    try:
        body.decode()
    except UnicodeDecodeError:
        return b"", Finding(code="encoding", message="is a file that is not UTF-8", expected="UTF-8")
    return body, None
