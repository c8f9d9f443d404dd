"""The files that a registry refers to: that they are there, and within the limits."""

from collections.abc import Iterator
from pathlib import Path

from widget_service.connectors.problems import Finding, Problem
from widget_service.widgets.definition import PageFile, WidgetDefinition
from widget_service.widgets.fields import is_url
from widget_service.widgets.hosting.folder import MAX_PICTURE_BYTES, find_file, read_file, too_large
from widget_service.widgets.hosting.page_files import host_page_file
from widget_service.widgets.hosting.widget_files import host_widget


def check_widget_files(repo: Path, widget: WidgetDefinition, *, place: str) -> Iterator[Problem]:
    """Yield what is wrong with the folder, the entry and the picture of a widget."""
    if widget.source is not None:
        yield from host_widget(repo, widget.type, widget.source, place=place, props=widget.prop_names())[1]
    yield from check_picture(repo, widget, place=place)


def check_page_file(repo: Path, definition: PageFile, *, place: str) -> Iterator[Problem]:
    """Yield what is wrong with the file of a script or stylesheet."""
    yield from host_page_file(repo, definition, place=place)[1]


def check_picture(repo: Path, widget: WidgetDefinition, *, place: str) -> Iterator[Problem]:
    """Yield what is wrong with the picture that page editors see."""
    path = widget.image_src
    if not path or is_url(path):
        return
    file = find_file(repo, path)
    picture = read_file(file) if file else None
    if picture is None:
        message, expected = "is no file of the repository", "a picture, best of 420 x 145 pixels"
        finding = Finding(code="file_not_found", message=message, expected=expected, severity="warning")
        yield finding.at(f"{place}.imageSrc", subject=widget.type)
    elif len(picture) > MAX_PICTURE_BYTES:
        yield too_large("", MAX_PICTURE_BYTES).at(f"{place}.imageSrc", subject=widget.type)
