"""Rules of page files: which hold on a page, and which page has what they look at."""

import pytest

from widget_service.widgets.definition import Rule
from widget_service.widgets.page_context import PageContext

CATEGORY = PageContext(page="category/7", page_type="category", locale="pt-BR", is_authenticated=True)


def rule(field, operator, value):
    return Rule.model_validate({"field": field, "operator": operator, "value": value})


@pytest.mark.parametrize(
    ("context", "field", "operator", "value", "holds"),
    [
        (PageContext(), "page", "eq", "homepage", True),
        (PageContext(), "page", "eq", "community", False),
        (PageContext(), "page", "neq", "community", True),
        (PageContext(), "page", "in", ["community", "homepage"], True),
        (PageContext(), "page", "in", [], False),
        (PageContext(), "page", "not_in", [], True),
        (PageContext(), "page", "not_in", ["homepage"], False),
        (PageContext(), "locale", "eq", "en", True),
        (PageContext(), "locale", "eq", "EN", False),
        (PageContext(), "authenticated", "eq", "false", True),
        # The page has no such thing: no rule about it holds, not even one that excludes.
        (PageContext(), "pageType", "in", ["global"], False),
        (PageContext(), "pageType", "not_in", ["category"], False),
        (PageContext(), "slug", "neq", "welcome", False),
        (CATEGORY, "pageType", "in", ["category", "customPage"], True),
        (CATEGORY, "pageType", "in", ["global"], False),
        (CATEGORY, "pageType", "not_in", ["customPage"], True),
        (CATEGORY, "page", "eq", "category/7", True),
        (CATEGORY, "locale", "in", ["pt-BR"], True),
        (CATEGORY, "authenticated", "eq", "true", True),
        (PageContext(page="customPage/9", page_type="customPage", slug="welcome"), "slug", "eq", "welcome", True),
    ],
)
def test_a_rule_holds(context, field, operator, value, holds):
    assert context.matches([rule(field, operator, value)]) is holds


def test_all_rules_must_hold_and_no_rules_always_do():
    home, user = rule("page", "eq", "homepage"), rule("authenticated", "eq", "true")
    assert PageContext().matches([])
    assert not PageContext().matches([home, user])
    assert PageContext(is_authenticated=True).matches([home, user])


@pytest.mark.parametrize(
    ("operator", "value", "holds"),
    [("in", ["global"], True), ("eq", "global", True), ("in", ["category"], False), ("neq", "global", False)],
)
def test_the_type_of_every_page_matches_where_one_says_so(operator, value, holds):
    rule = Rule(field="pageType", operator=operator, value=value)
    assert PageContext(is_everywhere=True).matches([rule]) is holds
    assert PageContext().matches([rule]) is False
