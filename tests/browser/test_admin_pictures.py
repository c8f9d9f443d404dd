"""Every admin page as people see it: usable by all, narrow and dark too, asking no other host; and its picture."""

import json
import os
import time
from pathlib import Path

import pytest

from browser.axe import serious_findings
from support.admin_pages import admin_pages, note_calls, records
from support.commands import initialised
from support.upstream import Upstream, reply_json
from widget_service.control import values
from widget_service.control.registries import apply_source
from widget_service.control.registry_source import Source

IMAGES = Path(__file__).parents[2] / "docs" / "images"
PAGES = {
    "overview": "/",
    "connectors": "/connectors",
    "editor": "/connectors/plants",
    "code": "/connectors/plants",
    "test": "/connectors/plants",
    "history": "/connectors/plants/history",
    "new-connector": "/new-connector",
    "values": "/values",
    "executions": "/executions",
    "execution": "/executions",
    "registries": "/registries",
    "registry": "/registries/shop",
    "apply-registry": "/apply-registry",
    "audit": "/audit",
    "settings": "/settings",
    "access": "/access",
    "me": "/me",
    "first-connector": "/first-connector",
    "log-in": "/login",
    "error": "/connectors/nowhere",
}
LOOKS = [("light", 1280), ("dark", 1280), ("light", 390)]


@pytest.fixture(scope="module")
def upstream_api():
    with Upstream().serving() as running:
        plants = {"plants": [{"name": "Boston fern", "water_ml": 250}, {"name": "Monstera", "water_ml": 400}]}
        running.replies["/v1/plants"] = reply_json(plants)
        yield running


@pytest.fixture(scope="module")
def site(tmp_path_factory, upstream_api):
    with admin_pages(initialised(tmp_path_factory.mktemp("pictures"))) as running:
        running.admin()
        _furnish(running, upstream_api.origin)
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
    text = json.dumps({"connectors": [{"name": "Shop stock", "url": "https://shop.example.com/stock"}]})
    source = Source.of_text("shop", text.encode(), place="pushed by the API")
    apply_source(site.plane, "default", source, actor="admin:anna@example.com")
    permalinks = ["plants", "orders", "weather", "shop-stock"]
    note_calls(site.plane, list(records(permalinks, 1400, time.time())))


@pytest.mark.parametrize(("scheme", "width"), LOOKS, ids=lambda each: str(each))
@pytest.mark.parametrize("name", PAGES)
def test_it_is_usable_by_all_and_asks_no_other_host(site, browser, scheme, width, name):
    """With ``RENEW_PICTURES=1`` the light ones are made anew, to be committed."""
    context = browser.new_context(viewport={"width": width, "height": 860}, color_scheme=scheme, locale="en-GB")
    page, asked, told = context.new_page(), [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: told.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: told.append(str(error)))
    if name != "log-in":
        site.log_in(page)
    _open(site, page, name)
    assert serious_findings(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert {url for url in asked if not url.startswith((f"{site.origin}/", "data:"))} == set()
    assert [text for text in told if name != "error" or "404" not in text] == []
    if os.environ.get("RENEW_PICTURES") and (scheme, width) == LOOKS[0]:
        page.screenshot(path=IMAGES / f"admin-{name}.png")
    context.close()
    assert (IMAGES / f"admin-{name}.png").is_file()


def _open(site, page, name: str) -> None:
    page.goto(f"{site.origin}/admin{PAGES[name]}")
    if name in ("editor", "code", "test", "new-connector"):
        page.wait_for_selector("html[data-editor=ready]")
    if name == "editor":
        page.get_by_label("Headers: value").focus()
    if name == "code":
        page.get_by_role("button", name="Code", exact=True).click()
        page.locator(".cm-content").get_by_text("get_secret").click()
    if name == "test":
        page.locator("#test").get_by_role("button", name="Send").click()
        page.locator("#test-result").get_by_role("heading", name="What the browser gets").wait_for()
        page.locator("#test-title").evaluate("title => title.scrollIntoView()")
    if name == "execution":
        page.locator("tbody a").first.click()
        page.locator(".waterfall").wait_for()
