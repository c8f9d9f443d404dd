"""The rules of import maps: that what is mapped is a bare specifier (WHATWG HTML §8.1.6.2)."""

from collections.abc import Iterator

from widget_service.connectors.checks.entry import Entry
from widget_service.connectors.problems import Problem


def check_import_map(entry: Entry) -> Iterator[Problem]:
    """Yield what is wrong with an import map beside its types and limits."""
    imports = entry.part("imports")
    for specifier in imports.raw if imports else ():
        if not specifier or specifier.startswith(("/", "./", "../")) or "://" in specifier:
            message, expected = "is no bare specifier", "a package's name, such as react or react/jsx-runtime"
            yield entry.problem("imports", specifier, code="pattern", message=message, expected=expected)
