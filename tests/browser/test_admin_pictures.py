"""Every admin page as people see it: usable by all, narrow and dark too, asking no other host; and its picture."""

import hashlib
import json
import os
import re
import time
from pathlib import Path

import pytest

from browser.axe import serious_findings
from browser.page_structure import structure_digest
from support.admin_pages import admin_pages, note_calls, records
from support.commands import initialised
from support.upstream import Upstream, reply_json
from widget_service.admin.pages import ALL_PAGES
from widget_service.control import values
from widget_service.control.editing import put_definition
from widget_service.control.history import registry_history
from widget_service.control.registries import apply_source
from widget_service.control.registry_source import Source
from widget_service.control.tenants import add_tenant
from widget_service.registry.sync import Kind

DOCS = Path(__file__).parents[2] / "docs"
IMAGES = DOCS / "images"
TAKEN_OF = IMAGES / "admin-pages.json"
RENEWS = bool(os.environ.get("RENEW_PICTURES"))
PAGES = {
    "overview": "/",
    "connectors": "/connectors",
    "editor": "/connectors/plants",
    "code": "/connectors/plants",
    "test": "/connectors/plants",
    "refused": "/connectors/plants",
    "conflict": "/connectors/plants",
    "composite": "/connectors/plant-of-the-day",
    "history": "/connectors/plants/history",
    "new-connector": "/new-connector",
    "values": "/values",
    "executions": "/executions",
    "execution": "/executions",
    "registries": "/registries",
    "registry": "/registries/shop",
    "apply-registry": "/apply-registry",
    "plan": "/apply-registry",
    "refused-plan": "/apply-registry",
    "roll-back": "/registries/shop",
    "audit": "/audit",
    "settings": "/settings",
    "access": "/access",
    "tenant": "/access/tenants/acme",
    "me": "/me",
    "first-connector": "/first-connector",
    "log-in": "/login",
    "error": "/connectors/nowhere",
}
WITH_EDITOR = ("editor", "code", "test", "refused", "conflict", "composite", "new-connector")
WITHOUT_PICTURE = {"/schema", "/login/provider", "/login/callback", "/executions/{id}"}
"""What is no page of its own: JSON, ways through a provider; and a call, which is opened from the list."""

VARIES = {"settings": "tbody", "audit": "tbody", "test": "pre"}
"""What differs by machine, or by what was done before."""

REFUSED = {"error": "404", "refused": "422", "refused-plan": "422", "conflict": "412"}
LOOKS = [("light", 1280), ("dark", 1280), ("light", 390)]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with Upstream().serving() as upstream:
        plants = {"plants": [{"name": "Boston fern", "water_ml": 250}, {"name": "Monstera", "water_ml": 400}]}
        upstream.replies["/v1/plants"] = reply_json(plants)
        with admin_pages(initialised(tmp_path_factory.mktemp("pictures"))) as running:
            running.admin()
            _furnish(running, upstream.origin)
            yield running


def _furnish(site, origin: str) -> None:
    values.set_secret(site.plane, "default", "plantbook_key", "never shown", actor="test", origins=[origin])
    values.set_secret(site.plane, "default", "old_key", "never shown", actor="test")
    values.set_variable(site.plane, "default", "region", "eu", actor="test")
    key = {"key": "X-Key", "value": "{{ get_secret('plantbook_key') }}"}
    template = "{\"names\": {{ (response.body | from_json).plants | map(attribute='name') | list }}}"
    for permalink in ("orders", "weather", "customers", "invoices", "tickets"):
        site.connector(permalink)
    site.connector("plants", url=f"{origin}/v1/plants", headers=[key])
    site.connector("plants", url=f"{origin}/v1/plants", headers=[key], response_body=template)
    steps = [
        {"name": "plants", "connector": "plants"},
        {"name": "weather", "connector": "weather", "on_error": "continue"},
        {"name": "advice", "url": "https://api.example.com/advice?of={{ steps.plants.body }}", "when": "{{ user.id }}"},
    ]
    composite = {"name": "Plant of the day", "steps": steps}
    put_definition(site.plane, "default", "plant-of-the-day", composite, kind=Kind.COMPOSITE, actor="test")
    for path in ("stock", "stock/all"):
        text = json.dumps({"connectors": [{"name": "Shop stock", "url": f"https://shop.example.com/{path}"}]})
        source = Source.of_text("shop", text.encode(), place="pushed by the API")
        apply_source(site.plane, "default", source, actor="admin:anna@example.com")
    add_tenant(site.plane, "acme", actor="test", hosts=["widgets.acme.example"], origins=["https://www.acme.example"])
    permalinks = ["plants", "orders", "weather", "shop-stock"]
    note_calls(site.plane, list(records(permalinks, 1400, time.time())))


class Looked:
    """One page of a browser with a look, and what was asked and told while it was used."""

    def __init__(self, browser, scheme: str, width: int, state) -> None:
        self.context = browser.new_context(
            viewport={"width": width, "height": 860},
            color_scheme=scheme,
            reduced_motion="reduce",
            locale="en-GB",
            storage_state=state,
        )
        self.cookies = self.context.cookies()
        self.page, self.asked, self.told = self.context.new_page(), [], []
        self.page.set_default_timeout(15_000)
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("pageerror", lambda error: self.told.append(str(error)))
        self.page.on("console", self._noted)

    def _noted(self, message) -> None:
        if message.type in ("error", "warning"):
            self.told.append(message.text)


@pytest.fixture(scope="module")
def looks(site, browser):
    """One context for each look, all of one session, and one in which nobody is logged in."""
    first = browser.new_context()
    site.log_in(first.new_page())
    state = first.storage_state()
    first.close()
    found = {look: Looked(browser, *look, state) for look in LOOKS}
    yield found
    for each in found.values():
        each.context.close()


@pytest.fixture(scope="module")
def taken_of():
    """What each picture was taken of; it is written anew where pictures are."""
    found = json.loads(TAKEN_OF.read_text()) if TAKEN_OF.is_file() else {}
    yield found
    if RENEWS:
        TAKEN_OF.write_text(json.dumps(dict(sorted(found.items())), indent=2) + "\n")


@pytest.mark.parametrize(("scheme", "width"), LOOKS, ids=lambda each: str(each))
@pytest.mark.parametrize("name", PAGES)
def test_it_is_usable_by_all_and_asks_no_other_host(site, looks, taken_of, scheme, width, name):
    """With ``RENEW_PICTURES=1`` the light ones are made anew, to be committed."""
    looked = looks[scheme, width]
    page, asked, told = looked.page, looked.asked, looked.told
    asked.clear()
    told.clear()
    if name == "log-in":
        looked.context.clear_cookies()
    else:
        looked.context.add_cookies(looked.cookies)
    _open(site, page, name)
    assert serious_findings(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert {url for url in asked if not url.startswith((f"{site.origin}/", "data:"))} == set()
    assert [text for text in told if name not in REFUSED or REFUSED[name] not in text] == []
    if (scheme, width) == LOOKS[0]:
        _picture(page, name, taken_of)


def _picture(page, name: str, taken_of: dict[str, dict[str, str]]) -> None:
    file, shown = IMAGES / f"admin-{name}.png", structure_digest(page, VARIES.get(name, ""))
    if RENEWS:
        page.screenshot(path=file)
        taken_of[name] = {"page": shown, "picture": hashlib.sha256(file.read_bytes()).hexdigest()[:16]}
    renew = f"the picture of {name} is not of this page: RENEW_PICTURES=1 python -m pytest {Path(__file__).name}"
    assert taken_of.get(name, {}).get("page") == shown, renew
    assert taken_of[name]["picture"] == hashlib.sha256(file.read_bytes()).hexdigest()[:16], renew


def test_there_is_a_picture_of_every_page_and_the_guide_shows_it():
    guide = (DOCS / "how-to" / "admin-pages.md").read_text()
    assert [name for name in PAGES if f"(../images/admin-{name}.png)" not in guide] == []
    shown = {page.path for page in ALL_PAGES if page.method == "GET"} - WITHOUT_PICTURE
    roll_back = "/registries/shop/roll-back"
    missing = [
        path
        for path in shown
        if not any(re.fullmatch(re.sub(r"{\w+}", "[^/]+", path), seen) for seen in (*PAGES.values(), roll_back))
    ]
    assert missing == []


def test_a_changed_page_is_another_and_a_later_one_is_the_same(looks, site):
    """The digest is of what people see, and not of times, numbers and the order of rows."""
    looked = looks[LOOKS[0]]
    looked.context.add_cookies(looked.cookies)
    page = looked.page
    _open(site, page, "connectors")
    before = structure_digest(page)
    same = """for (const each of document.querySelectorAll("time")) each.textContent = "9 d ago";
      document.querySelector("tbody").append(document.querySelector("tbody tr"));
      document.querySelector(".badge.bad").textContent = "99.9 %";"""
    page.evaluate(f"() => {{ {same} }}")
    assert structure_digest(page) == before
    for change in (
        "document.querySelector('h1').textContent = 'Connections'",
        "document.querySelector('h1').className = 'soft'",
        "document.querySelector('.head').append(document.createElement('button'))",
        "document.querySelector('thead th').remove()",
    ):
        page.evaluate(change)
        after = structure_digest(page)
        assert after != before
        before = after


def _open(site, page, name: str) -> None:
    page.goto(f"{site.origin}/admin{PAGES[name]}")
    if name in WITH_EDITOR:
        _ready(page)
    if name in OPENED:
        OPENED[name](site, page)


def _ready(page, view: str = "Form") -> None:
    page.wait_for_selector("html[data-editor=ready]")
    page.get_by_role("button", name=view, exact=True).click()


def _code(_, page) -> None:
    _ready(page, "Code")
    page.locator(".cm-content").get_by_text("get_secret").click()


def _test(_, page) -> None:
    page.locator("#test").get_by_role("button", name="Send").click()
    page.locator("#test-result").get_by_role("heading", name="What the browser gets").wait_for()
    page.locator("#test-title").evaluate("title => title.scrollIntoView()")


def _execution(_, page) -> None:
    page.locator("tbody a").first.click()
    page.locator(".waterfall").wait_for()


def _conflict(_, page) -> None:
    """As for somebody who opened the page before the last change."""
    page.evaluate("document.querySelector('#editor [name=etag]').value = '\"older\"'")
    page.get_by_label("Name", exact=True).fill("My plants")
    page.get_by_role("button", name="Save").click()
    page.locator("#conflict").wait_for()
    _ready(page)


def _refused(_, page) -> None:
    page.get_by_label("URL", exact=True).fill("ftp://example.com")
    page.get_by_role("button", name="Save").click()
    page.locator("#problems:not([hidden])").wait_for()
    _ready(page)
    page.locator("#form-view .problem").first.wait_for()


def _plan(text: str):
    def fill(_, page) -> None:
        page.get_by_label("Name of the registry").fill("shop")
        page.get_by_label("connectors_registry.json").fill(text)
        page.get_by_role("button", name="Show the plan").click()
        page.locator(".card, .problems").first.wait_for()

    return fill


def _roll_back(site, page) -> None:
    first = registry_history(site.plane, "default", "shop")[-1].revision
    page.goto(f"{site.origin}/admin/registries/shop/roll-back?revision={first}")


OPENED = {
    "editor": lambda _, page: page.get_by_label("Headers: value").focus(),
    "code": _code,
    "test": _test,
    "refused": _refused,
    "conflict": _conflict,
    "composite": lambda _, page: page.locator("#turns li").first.wait_for(),
    "new-connector": lambda _, page: page.locator("#form-view .problem").first.wait_for(),
    "execution": _execution,
    "plan": _plan(
        '{"connectors": [{"name": "Shop stock", "url": "https://shop.example.com/new"}, '
        '{"name": "Shop news", "url": "https://shop.example.com/news"}]}'
    ),
    "refused-plan": _plan('{\n  "connectors": [\n    {"name": "Shop", "url": "nowhere"}\n  ]\n}'),
    "roll-back": _roll_back,
}
