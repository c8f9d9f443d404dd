"""The rules of page scripts and stylesheets: where the file lies, and on which pages it is."""

from collections.abc import Generator, Iterator

from widget_service.connectors.checks.entry import Entry
from widget_service.connectors.problems import Problem, shown, suggestion
from widget_service.widgets.checks.paths import check_repository_path
from widget_service.widgets.fields import page_url

PAGES = (
    "homepage",
    "community",
    "ideation",
    "productUpdates",
    "eventOverview",
    "knowledgeBase",
    "educationHome",
    "educationDashboard",
    "educationCatalog",
    "educationLearningPaths",
    "educationTrainingEvents",
)
PAGE_TYPES = ("category", "customPage")
_LIST_OPERATORS = ("in", "not_in")


def check_script(entry: Entry) -> Iterator[Problem]:
    """Yield what is wrong with a page script beside its types and limits."""
    yield from _check_path(entry, ".js")
    yield from _check_rules(entry)


def check_stylesheet(entry: Entry) -> Iterator[Problem]:
    """Yield what is wrong with a page stylesheet beside its types and limits."""
    yield from _check_path(entry, ".css")
    yield from _check_rules(entry)


def _check_path(entry: Entry, suffix: str) -> Iterator[Problem]:
    path = entry.text("path")
    if not path:
        return
    external = page_url(path)
    if external is None and "://" in path:
        yield entry.problem("path", code="pattern", message=f"is {shown(path)}", expected="an http(s) URL, or a file")
        return
    if not (path if external is None else external.path).endswith(suffix):
        yield entry.problem("path", code="pattern", message=f"is {shown(path)}", expected=f"a path ending in {suffix}")
    for finding in () if external is not None else check_repository_path(path):
        yield entry.found(finding, "path")


def _check_rules(entry: Entry) -> Iterator[Problem]:
    for rule in entry.parts("rules"):
        values = yield from _check_value(rule)
        for value in values:
            yield from _check_known(rule, value)


def _check_value(rule: Entry) -> Generator[Problem, None, list[str]]:
    """Yield what is wrong with the type of a rule's value; return the texts in it."""
    value, operator = rule.raw.get("value"), rule.text("operator")
    if value is None or operator is None:
        return []
    if operator in _LIST_OPERATORS:
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return value
        expected = f"a list of texts beside '{operator}'"
    else:
        if isinstance(value, str):
            return [value]
        expected = f"text beside '{operator}'"
    yield rule.problem("value", code="wrong_type", message=f"is {shown(value)}", expected=expected)
    return []


def _check_known(rule: Entry, value: str) -> Iterator[Problem]:
    match rule.text("field"):
        case "pageType" if value not in PAGE_TYPES:
            everywhere = "; for every page, no rules at all: []" if value == "global" else ""
            yield _never_matches(rule, value, f"category or customPage{everywhere}")
        case "authenticated" if value not in ("true", "false"):
            yield _never_matches(rule, value, '"true" or "false"')
        case "page" if value not in PAGES and not value.startswith(("category/", "customPage/")):
            near = suggestion(value, PAGES)
            yield _never_matches(rule, value, f"homepage, community, …, category/ID or customPage/ID.{near}")


def _never_matches(rule: Entry, value: str, expected: str) -> Problem:
    return rule.problem(
        "value",
        code="never_matches",
        message=f"has {shown(value)}, which no page is",
        expected=expected,
        severity="warning",
    )
