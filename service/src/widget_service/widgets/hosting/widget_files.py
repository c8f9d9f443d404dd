"""Hosting one widget: its folder and its entry, as one revision that never changes."""

import posixpath
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

from widget_service.connectors.problems import Finding, Problem, listed
from widget_service.widgets.definition import Source
from widget_service.widgets.hosting.asset import Asset, asset
from widget_service.widgets.hosting.folder import find_folder, read_folder
from widget_service.widgets.hosting.fragment import Fragment, host_fragment
from widget_service.widgets.hosting.scan import scan, scan_script_urls

WIDGETS_URL = "/widgets/"
ENTRY_NOT_FOUND = "ENTRY_FILE_NOT_FOUND"
NOT_TRANSFORMED = "TRANSFORMATION_FAILED"

_REWRITING = b"1"
"""Changes with the rules by which files are made of an entry: browsers keep the files of a revision."""


@dataclass(frozen=True, slots=True)
class HostedWidget:
    """One revision of a widget: the HTML of ``entry``, a path in its folder, and all files by their URL paths.

    ``base`` is the path of its URLs; it holds a digest of all files, so that it occurs in the HTML only where the
    service wrote it.
    """

    revision: str
    base: str
    entry: str
    html: str = field(repr=False)
    assets: Mapping[str, Asset] = field(repr=False)


def host_widget(
    repo: Path, type_: str, source: Source, *, place: str = "$", props: Collection[str] = ()
) -> tuple[HostedWidget | None, list[Problem]]:
    """Read and rewrite a widget's files; return them, or None and the errors, with warnings in either case.

    ``place`` is the path of the widget in its registry, ``props`` are the names that its registry knows.
    """
    folder = find_folder(repo, source.path)
    if folder is None:
        expected = "the folder that the widget's build makes; build it first, and commit what it makes"
        missing = Finding(code=ENTRY_NOT_FOUND, message="is no folder of the repository", expected=expected)
        return None, [missing.at(f"{place}.source.path", subject=type_)]
    content = read_folder(folder)
    problems = [finding.at(f"{place}.source.path", subject=type_) for finding in content.findings]
    entry = posixpath.normpath(source.entry)
    html, finding = _read_entry(content.files, entry)
    if finding is not None and not problems:
        problems.append(finding.at(f"{place}.source.entry", subject=type_))
    if html is None or problems:
        return None, problems
    widget, fragment = _rewrite(type_, entry, html, content.files)
    warnings = [finding.at(f"{place}.source.entry", subject=type_) for finding in _of_fragment(fragment, props)]
    return widget, [*warnings, *(found.at(f"{place}.source.path", subject=type_) for found in scan(content.files))]


def _read_entry(files: Mapping[str, bytes], entry: str) -> tuple[str | None, Finding | None]:
    body = files.get(entry)
    if body is None:
        pages = sorted(path for path in files if path.endswith((".html", ".htm")))
        expected = f"one of {listed(pages)}" if pages else "an HTML file in the folder"
        return None, Finding(code=ENTRY_NOT_FOUND, message=f"is '{entry}', which is not there", expected=expected)
    try:
        return body.decode("utf-8-sig"), None
    except UnicodeDecodeError:
        return None, Finding(code=NOT_TRANSFORMED, message=f"is '{entry}', which is not UTF-8", expected="UTF-8")


def _rewrite(type_: str, entry: str, html: str, files: Mapping[str, bytes]) -> tuple[HostedWidget, Fragment]:
    revision = _revision(entry, files)
    base = f"{WIDGETS_URL}{url_segment(type_)}/{revision}/"
    fragment = host_fragment(html, entry=entry, files=files.keys(), base=base)
    modules = {name: code.encode() for name, code in fragment.modules.items()}
    assets = {base + path: asset(path, body) for path, body in {**files, **modules}.items()}
    return HostedWidget(revision, base, entry, fragment.html, assets), fragment


def url_segment(type_: str) -> str:
    """Return a widget's type as one segment of a path, reversibly: servers decode ``%2F`` before they route."""
    return quote(type_, safe="").replace("~", "~7E").replace("%", "~")


def _revision(entry: str, files: Mapping[str, bytes]) -> str:
    digest = sha256(_REWRITING + b"\0" + entry.encode())
    for path, body in sorted(files.items()):
        digest.update(b"\0%d %s\0%d " % (len(path), path.encode(), len(body)))
        digest.update(body)
    return digest.hexdigest()[:16]


def _of_fragment(fragment: Fragment, props: Collection[str]) -> Iterator[Finding]:
    if placeholders := [name for name in dict.fromkeys(fragment.placeholders) if name in props]:
        yield _literal(placeholders)
    if fragment.unresolved:
        yield _unresolved(fragment.unresolved)
    if fragment.imports:
        yield _not_rewritten(fragment.imports)
    if fragment.page_tags:
        yield _whole_page(fragment.page_tags)
    yield from scan_script_urls(fragment.scripts)


def _literal(placeholders: list[str]) -> Finding:
    names = listed(f"{{{{ {name} }}}}" for name in placeholders)
    return Finding(
        code="placeholder",
        message=f"holds {names}, which stays as it is written: the platform has not replaced any since April 2026",
        expected="sdk.getProps() in a script",
        severity="warning",
    )


def _not_rewritten(imports: list[str]) -> Finding:
    return Finding(
        code="unresolved_reference",
        message=f"imports {listed(imports)} into a style, where only url() leads to files of the folder",
        expected="@import url(…), or a link element",
        severity="warning",
    )


def _whole_page(tags: list[str]) -> Finding:
    return Finding(
        code="page_tags",
        message=f"holds tags of a whole page, {listed(dict.fromkeys(tags))}, which browsers leave out of a widget",
        expected="a fragment: styles, markup and scripts alone",
        severity="warning",
    )


def _unresolved(references: list[str]) -> Finding:
    return Finding(
        code="unresolved_reference",
        message=f"refers to {listed(references)}, which the folder does not hold",
        expected="files of the folder, or absolute URLs",
        severity="warning",
    )
