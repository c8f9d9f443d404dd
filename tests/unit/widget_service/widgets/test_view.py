"""How the host page is looked at, by the query of its URL."""

import json

import pytest
from starlette.datastructures import QueryParams

from widget_service.widgets.preview.view import View


def view(query: str = "") -> View:
    return View.of(QueryParams(query))


@pytest.mark.parametrize(
    ("query", "member", "value"),
    [
        ("", "instances", 1),
        ("instances=3", "instances", 3),
        ("instances=99", "instances", 4),
        ("instances=0", "instances", 1),
        ("instances=-2", "instances", 1),
        ("instances=²", "instances", 1),
        ("viewport=phone", "viewport", "phone"),
        ("viewport=watch", "viewport", ""),
        ("theme=dark", "theme", "dark"),
        ("theme=pink", "theme", "light"),
        ("global=1", "is_global", True),
        ("frame=1", "is_frame", True),
        ("locale=+de+", "locale", "de"),
        ("page=", "page", "homepage"),
        ('config={"a":1}', "configs", ({"a": 1},)),
        ("config=[1]", "configs", ({},)),
        ("config={", "configs", ({},)),
        ('instances=2&config2={"b":2}', "configs", ({}, {"b": 2})),
    ],
)
def test_what_the_query_says(query, member, value):
    assert getattr(view(query), member) == value


@pytest.mark.parametrize("query", ["", "page=category%2F1&locale=de&global=1&viewport=phone&theme=dark"])
def test_a_link_says_the_same_again(query):
    found = view(query)
    assert found.query == (f"?{query}" if query else "")
    assert view(found.query.removeprefix("?")) == found


def test_links_to_other_widgets_have_no_props_and_the_frame_has_them():
    found = view('theme=dark&viewport=phone&instances=2&config={"a":1}')
    assert found.shared_query == "?viewport=phone&theme=dark"
    frame = view(found.frame_query.removeprefix("?"))
    assert (frame.is_frame, frame.viewport, frame.instances, frame.configs) == (True, "", 2, ({"a": 1}, {}))
    assert json.loads(QueryParams(found.query.removeprefix("?"))["config"]) == {"a": 1}


@pytest.mark.parametrize(
    ("page", "page_type", "slug"),
    [("homepage", None, None), ("category/7", "category", None), ("customPage/about", "customPage", "about")],
)
def test_the_page_is_what_rules_look_at(page, page_type, slug):
    context = view(f"page={page}").context
    assert (context.page, context.page_type, context.slug) == (page, page_type, slug)
