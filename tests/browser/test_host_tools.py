"""The tools of the host page: configuration form, instances, theme, viewport, page and locale, all kept in the URL."""

import json
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest

from browser.axe import serious_findings
from browser.widget_repositories import definition, widget, write_extensions, write_widget
from support.service import Service, serving, write_dev_config
from support.upstream import Upstream, reply_json

TELLING = """<style>p { color: red } @media (max-width: 500px) { p { color: green } }</style>
<p style="background: var(--color-surface-default)"></p><script type="module">
  export function init(sdk) {
    const show = () => { sdk.$("p").textContent = JSON.stringify(sdk.getProps()); };
    sdk.on("propsChanged", show);
    sdk.on("designTokensChanged", (tokens) => { window.told = tokens["color-surface-default"]; });
    window.runs = (window.runs ?? 0) + 1;
    show();
  }
</script>"""
FIELDS = [
    {
        "name": "title",
        "type": "text",
        "label": "Title",
        "defaultValue": "Hi",
        "rules": {"required": True, "maxLength": 9},
    },
    {
        "name": "code",
        "type": "text",
        "label": "Code",
        "rules": {"pattern": "^[a-z]+$", "minLength": 2},
        "section": "more",
    },
    {"name": "count", "type": "number", "label": "Count", "rules": {"minimum": 1, "maximum": 9}},
    {"name": "accent", "type": "color", "label": "Accent", "description": "Of the buttons."},
    {"name": "day", "type": "date", "label": "Day"},
    {"name": "shown", "type": "boolean", "label": "Shown", "defaultValue": True},
    {
        "name": "size",
        "type": "select",
        "label": "Size",
        "options": [{"value": "s", "label": "Small"}, {"value": "l", "label": "Large"}],
    },
    {
        "name": "tags",
        "type": "select",
        "label": "Tags",
        "multiple": True,
        "options": [{"value": "a", "label": "Tag A"}, {"value": "b", "label": "Tag B"}],
    },
    {
        "name": "plants",
        "type": "autocomplete",
        "label": "Plants",
        "multiple": True,
        "sortable": True,
        "section": "found",
        "dynamicOptions": {
            "endpoint": {
                "endpoint": "https://options.example/find?q={q}",
                "method": "GET",
                "params": {"tag": ["x", "y"]},
            },
            "valuesEndpoint": {"endpoint": "https://options.example/named?ids={value}", "method": "GET"},
            "mapping": {"path": "$.items", "valueKey": "id", "labelKey": "name"},
            "isAsyncSearch": True,
        },
    },
]
SECTIONS = [{"name": "more", "label": "More of it"}]
CONFIGURATION = {"properties": FIELDS, "sections": SECTIONS}
TIMEOUT_MS = 5000


@pytest.fixture(scope="module")
def options() -> Iterator[Upstream]:
    """The API that options come from."""
    with Upstream().serving() as server:
        names = {"f1": "Fern", "c1": "Cactus", "m1": "Moss"}
        server.replies["/find"] = lambda request: reply_json(
            {"items": [{"id": id_, "name": name} for id_, name in names.items() if dict(request.query)["q"] in name]}
        )
        server.replies["/named"] = lambda request: reply_json(
            {"items": [{"id": id_, "name": names[id_]} for id_ in dict(request.query)["ids"].split(",")]}
        )
        yield server


@pytest.fixture(scope="module")
def service(tmp_path_factory, options) -> Iterator[Service]:
    repo = tmp_path_factory.mktemp("host_tools")
    rules = {
        "on-global": [{"field": "pageType", "operator": "in", "value": ["global"]}],
        "on-german": [{"field": "locale", "operator": "eq", "value": "de"}],
        "on-category": [{"field": "pageType", "operator": "eq", "value": "category"}],
    }
    scripts = [
        {"name": name, "path": "page.js", "rules": each, "attributes": {"data-rule": name}}
        for name, each in rules.items()
    ]
    (repo / "page.js").write_text("(window.rules ??= []).push(document.currentScript.dataset.rule);")
    for type_ in ("telling", "plain"):
        write_widget(repo, type_, TELLING)
    widgets = [definition("telling", configuration=CONFIGURATION), definition("plain", containers=["Sidebar"])]
    write_extensions(repo, *widgets, scripts=scripts)
    write_dev_config(repo, "[[users]]\nid = 'u-1'\nfirst_name = 'Anna'\n")
    with serving(repo, "--map", f"options.example={options.origin}") as running:
        yield running


def props(page, index: int = 0, frame: bool = False) -> dict:
    root = page.frame_locator("iframe") if frame else page
    return json.loads(root.locator("gs-cc-registry-widget").nth(index).locator("p").text_content())


def has_props(page, index: int = 0, **expected) -> None:
    """Wait until an instance shows these props among its own."""
    page.wait_for_function(
        """([index, expected]) => {
          const host = document.querySelectorAll("gs-cc-registry-widget")[index];
          const props = JSON.parse(host.shadowRoot.querySelector("p").textContent || "{}");
          const isEqual = ([name, value]) => JSON.stringify(props[name]) === JSON.stringify(value);
          return Object.entries(expected).every(isEqual);
        }""",
        arg=[index, expected],
        timeout=TIMEOUT_MS,
    )


def query(page) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


@pytest.fixture
def telling(service, page):
    page.goto(f"{service.origin}/preview/telling")
    widget(page, "telling")
    page.get_by_label("Title").wait_for()
    return page


def test_every_kind_of_field_changes_its_prop_at_once_and_a_reload_keeps_it(telling):
    page = telling
    page.get_by_label("Title").fill("Hello")
    page.get_by_label("Count").fill("7")
    page.get_by_label("Accent", exact=False).first.fill("#0000ff")
    page.get_by_label("Day").fill("2026-02-03")
    page.get_by_label("Shown").uncheck()
    page.get_by_label("Size").select_option("Large")
    page.get_by_label("Tag B").check()
    page.get_by_label("Tag A").check()
    expected = {
        "title": "Hello",
        "count": 7,
        "accent": "#0000ff",
        "day": "2026-02-03",
        "shown": False,
        "size": "l",
        "tags": ["b", "a"],
    }
    has_props(page, **expected)
    assert page.evaluate("runs") == 1
    assert json.loads(query(page)["config"]) == expected
    page.reload()
    has_props(page, **expected)
    assert page.get_by_label("Title").input_value() == "Hello"
    assert page.get_by_label("Tag A").is_checked()
    page.get_by_role("button", name="Reset").click()
    has_props(page, title="Hi", shown=True)
    assert query(page) == {}


@pytest.mark.parametrize(
    ("label", "value", "problem"),
    [
        ("Title", "", "Title is required."),
        ("Title", "much too long", "At most 9 characters"),
        ("Count", "0", "The least is 1."),
        ("Count", "10", "The most is 9."),
        ("Accent", "no colour", "This is not a colour."),
    ],
)
def test_a_value_against_the_rules_is_told_and_not_set(telling, label, value, problem):
    field = telling.get_by_label(label, exact=False).first
    field.fill(value)
    telling.get_by_text(problem).wait_for()
    assert field.get_attribute("aria-invalid") == "true"
    assert props(telling)["title"] == "Hi"
    assert "config" not in query(telling)


def test_sections_open_one_at_a_time_and_a_pattern_is_checked(telling):
    summaries = telling.locator(".host-configuration summary")
    assert summaries.all_inner_texts() == ["Configuration", "More of it", "found", "Props as JSON"]
    telling.get_by_text("More of it").click()
    telling.get_by_label("Title").wait_for(state="hidden")
    telling.get_by_label("Code").fill("A1")
    telling.get_by_text("This does not match").wait_for()
    telling.get_by_label("Code").fill("ab")
    has_props(telling, code="ab")


def test_dynamic_options_are_asked_through_the_service_chosen_and_put_in_order(telling, options):
    options.received.clear()
    telling.get_by_text("found", exact=True).click()
    field = telling.get_by_role("combobox", name="Plants")
    for text, name in (("Fern", "Fern"), ("Cact", "Cactus"), ("Mo", "Moss")):
        field.fill(text)
        telling.get_by_role("option", name=name).wait_for()
        telling.keyboard.press("ArrowDown")
        telling.keyboard.press("Enter")
    has_props(telling, plants=["f1", "c1", "m1"])
    telling.get_by_role("button", name="Move Moss up").click()
    telling.get_by_role("button", name="Remove Fern").click()
    has_props(telling, plants=["m1", "c1"])
    asked = [request.query for request in options.received if request.path == "/find"]
    assert [("q", "Cact"), ("tag", "x"), ("tag", "y")] in asked
    telling.reload()
    telling.get_by_text("found", exact=True).click()
    telling.get_by_role("button", name="Remove Cactus").wait_for()
    assert ("ids", "m1,c1") in options.last.query


def test_props_of_a_widget_without_a_form_are_set_as_json(service, page):
    page.goto(f"{service.origin}/preview/plain")
    page.get_by_text("Props as JSON").click()
    text = page.get_by_label("All props")
    text.fill("[1]")
    text.blur()
    page.get_by_text("This is not the JSON of props").wait_for()
    text.fill('{"any": ["thing"]}')
    text.blur()
    has_props(page, any=["thing"])


def test_instances_stand_side_by_side_with_props_of_their_own(telling):
    with telling.expect_navigation():
        telling.get_by_label("Instances").select_option("2")
    widget(telling, "telling")
    telling.get_by_role("button", name="Instance 2").click()
    telling.get_by_label("Title").fill("Second")
    has_props(telling, 1, title="Second")
    assert props(telling, 0)["title"] == "Hi"
    telling.get_by_role("button", name="Instance 1").click()
    telling.get_by_label("Title").fill("First")
    has_props(telling, 0, title="First")
    telling.reload()
    has_props(telling, 0, title="First")
    has_props(telling, 1, title="Second")
    boxes = [telling.locator(".host-canvas").nth(index).bounding_box() for index in range(2)]
    assert boxes[0]["y"] == boxes[1]["y"]


def test_a_theme_reaches_widgets_as_tokens_and_is_kept(telling):
    background = "host => getComputedStyle(host.shadowRoot.querySelector('p')).backgroundColor"
    host = widget(telling, "telling")
    telling.get_by_label("Theme").select_option("dark")
    telling.wait_for_function("window.told === '#161a22'")
    assert host.evaluate(background) == "rgb(22, 26, 34)"
    assert telling.evaluate("runs") == 1
    telling.reload()
    assert widget(telling, "telling").evaluate(background) == "rgb(22, 26, 34)"
    assert telling.get_by_label("Theme").input_value() == "dark"
    telling.get_by_label("Theme").select_option("light")
    assert widget(telling, "telling").evaluate(background) == "rgb(255, 255, 255)"
    assert query(telling) == {}


def test_a_viewport_is_one_for_media_queries_and_has_the_form(telling):
    colour = "host => getComputedStyle(host.shadowRoot.querySelector('p')).color"
    assert widget(telling, "telling").evaluate(colour) == "rgb(255, 0, 0)"
    with telling.expect_navigation():
        telling.get_by_label("Viewport").select_option("phone")
    inner = telling.frame_locator("iframe").locator("gs-cc-registry-widget")
    assert inner.evaluate(colour) == "rgb(0, 128, 0)"
    inner.get_by_text("Hi").wait_for()
    telling.get_by_label("Title").fill("Narrow")
    inner.get_by_text("Narrow").wait_for()
    telling.get_by_label("Theme").select_option("dark")
    telling.wait_for_function("document.querySelector('iframe').contentWindow.told === '#161a22'")
    telling.reload()
    inner.get_by_text("Narrow").wait_for()
    assert query(telling)["viewport"] == "phone"


def test_page_and_locale_decide_about_scripts_and_links_keep_them(service, page):
    page.goto(f"{service.origin}/preview/?locale=de&global=1")
    widget(page, "plain")
    assert page.evaluate("rules") == ["on-global", "on-german"]
    assert page.evaluate("document.documentElement.lang") == "de"
    page.get_by_label("Page", exact=True).fill("category/7")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.evaluate("rules") == ["on-global", "on-german", "on-category"]
    with page.expect_navigation():
        page.get_by_label("User").select_option("u-1")
    assert query(page) == {"locale": "de", "global": "1", "page": "category/7"}
    page.get_by_role("link", name="telling").first.click()
    page.wait_for_url("**/preview/telling?*")
    assert query(page) == {"locale": "de", "global": "1", "page": "category/7"}


def test_a_link_of_another_site_sets_no_props(service, page):
    target = f"{service.origin}/preview/plain?config=%7B%22html%22%3A%22evil%22%7D"
    page.route(
        "https://other.example/",
        lambda route: route.fulfill(body=f'<a href="{target}">go</a>', content_type="text/html"),
    )
    page.goto("https://other.example/")
    page.get_by_text("go").click()
    widget(page, "plain")
    assert props(page) == {}


@pytest.mark.parametrize(
    "path", ["", "telling?instances=2", "telling?theme=dark", "plain?viewport=phone", "plain?frame=1", "nobody"]
)
def test_nothing_keeps_people_from_using_the_page(service, page, path):
    page.goto(f"{service.origin}/preview/{path}")
    page.wait_for_load_state("networkidle")
    assert serious_findings(page) == []
