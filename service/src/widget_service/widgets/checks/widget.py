"""The rules of a widget: where its content comes from, and its picture."""

from collections.abc import Iterator

from widget_service.connectors.checks.entry import Entry
from widget_service.connectors.problems import Problem, json_type
from widget_service.widgets.checks.configuration import check_configuration
from widget_service.widgets.checks.endpoint import check_endpoint
from widget_service.widgets.checks.paths import check_repository_path
from widget_service.widgets.fields import is_url

INVALID_STRUCTURE = "INVALID_WIDGET_STRUCTURE"
INVALID_SOURCE = "INVALID_SOURCE_SCHEMA"

_RESERVED_TYPES = frozenset({".", ".."})


def check_widget(entry: Entry) -> Iterator[Problem]:
    """Yield what is wrong with a widget beside its types and limits."""
    yield from _check_type(entry)
    yield from _check_structure(entry)
    yield from _check_source(entry)
    if (content := entry.part("content")) is not None:
        yield from _check_content(content)
    yield from _check_picture(entry)
    if (configuration := entry.part("configuration")) is not None:
        yield from check_configuration(configuration)


def _check_type(entry: Entry) -> Iterator[Problem]:
    type_ = entry.text("type")
    if type_ in _RESERVED_TYPES:
        expected = "a name, such as acme_plants"
        yield entry.problem("type", code="pattern", message=f"is '{type_}', which no URL can hold", expected=expected)


def _check_structure(entry: Entry) -> Iterator[Problem]:
    if entry.has("source") and entry.has("content"):
        yield entry.problem(
            code=INVALID_STRUCTURE,
            message="has both source and content",
            expected="source for files of this repository, or content for HTML of another host",
        )
    elif not entry.has("source") and not entry.has("content"):
        expected = (
            '"source": {"path": "widgets/…/dist", "entry": "content.html"}, or "content": {"endpoint": "https://…"}'
        )
        yield entry.problem(code=INVALID_STRUCTURE, message="has neither source nor content", expected=expected)


def _check_source(entry: Entry) -> Iterator[Problem]:
    if not entry.has("source"):
        return
    source = entry.part("source")
    if source is None:
        message = f"is {json_type(entry.raw['source'])}"
        yield entry.problem("source", code=INVALID_SOURCE, message=message, expected="an object with path and entry")
        return
    for name, expected in (("path", "a folder of the repository"), ("entry", "an HTML file in that folder")):
        text = source.text(name)
        if not source.has(name):
            yield source.problem(name, code=INVALID_SOURCE, message="is missing", expected=expected)
        elif text is None:
            message = f"is {json_type(source.raw[name])}"
            yield source.problem(name, code=INVALID_SOURCE, message=message, expected=expected)
        elif not text.strip():
            yield source.problem(name, code=INVALID_SOURCE, message="is empty", expected=expected)
        else:
            for finding in check_repository_path(text):
                yield source.found(finding, name)


def _check_content(content: Entry) -> Iterator[Problem]:
    yield from check_endpoint(content)
    if content.raw.get("method") == "POST" and content.has("body") and content.part("body") is None:
        message = f"is {json_type(content.raw['body'])}: props are sent in its place"
        yield content.problem("body", code="no_effect", message=message, expected="an object", severity="warning")
    strategy = content.text("cacheStrategy")
    if strategy == "ttl" and not content.has("cacheTtlSeconds"):
        yield content.problem(
            "cacheTtlSeconds",
            code="missing",
            message="is missing beside the cache strategy 'ttl'",
            expected="the number of seconds to keep the content",
            severity="warning",
        )
    if content.has("cacheTtlSeconds") and strategy != "ttl":
        yield content.problem(
            "cacheTtlSeconds",
            code="no_effect",
            message="does nothing without the cache strategy 'ttl'",
            expected='"cacheStrategy": "ttl"',
            severity="warning",
        )
    if content.raw.get("requiresAuthentication") is True:
        yield content.problem(
            "requiresAuthentication",
            code="unsupported",
            message="is not supported by the platform",
            expected="an endpoint that needs no authentication",
            severity="warning",
        )


def _check_picture(entry: Entry) -> Iterator[Problem]:
    picture = entry.text("imageSrc")
    if picture and not is_url(picture):
        for finding in check_repository_path(picture):
            yield entry.found(finding, "imageSrc")
