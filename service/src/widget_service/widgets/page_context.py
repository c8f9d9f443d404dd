"""The page around the widgets: what is known of it, and which scripts and stylesheets it therefore has."""

from collections.abc import Iterable
from dataclasses import dataclass

from widget_service.widgets.definition import Rule

GLOBAL_TYPE = "global"


@dataclass(frozen=True, slots=True)
class PageContext:
    """What rules look at; None: the page has no such thing, and no rule about it matches.

    ``is_everywhere`` lets the page type "global" match, which the platform has not, and which some registries ask for
    where they mean every page.
    """

    page: str | None = "homepage"
    page_type: str | None = None
    slug: str | None = None
    locale: str | None = "en"
    is_authenticated: bool = False
    is_everywhere: bool = False

    def matches(self, rules: Iterable[Rule]) -> bool:
        """Whether all of the rules hold; no rules hold on every page."""
        return all(self._holds(rule) for rule in rules)

    def _holds(self, rule: Rule) -> bool:
        values = rule.value if isinstance(rule.value, list) else [rule.value]
        if self.is_everywhere and rule.field == "pageType" and GLOBAL_TYPE in values:
            return rule.operator in ("eq", "in")
        actual = self._value(rule.field)
        if actual is None:
            return False
        return (actual in values) == (rule.operator in ("eq", "in"))

    def _value(self, name: str) -> str | None:
        return {
            "page": self.page,
            "pageType": self.page_type,
            "slug": self.slug,
            "locale": self.locale,
            "authenticated": "true" if self.is_authenticated else "false",
        }[name]
