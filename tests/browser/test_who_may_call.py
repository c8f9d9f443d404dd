"""Pages of other origins in a real browser: a listed one calls with a user token; any other one gets nothing."""

import re
import time
from collections.abc import Iterator

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from support.installation import make_installation, serving
from support.pages import blocks
from support.upstream import Reply, Upstream, reply_json
from widget_service.control import tenants
from widget_service.control.plane import control_plane
from widget_service.control.tenants import TenantSettings

SECRET = "b3h6VX0dYf1qkTgq2o0pWm9sRz4uLc7eJa8iNt5y"
PAGE = Reply(200, b"<!doctype html><title>A page</title><p></p>", {"Content-Type": "text/html"})


@pytest.fixture(scope="module")
def destination() -> Iterator[Upstream]:
    with Upstream().serving() as server:
        server.replies["/data"] = reply_json({"secret": "data"})
        yield server


@pytest.fixture(scope="module")
def listed() -> Iterator[Upstream]:
    with Upstream().serving() as server:
        server.replies["/"] = PAGE
        yield server


@pytest.fixture(scope="module")
def evil() -> Iterator[Upstream]:
    """The server of an origin that nobody lists: another site, not only another port."""
    with Upstream().serving() as server:
        server.replies["/"] = PAGE
        yield server


@pytest.fixture(scope="module")
def service(tmp_path_factory, destination, listed) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("browser_callers")
    connectors = [
        {"name": "Data", "url": f"{destination.origin}/data"},
        {"name": "Send", "url": f"{destination.origin}/data", "method": "POST"},
    ]
    settings = make_installation(folder, connectors, {})
    with control_plane(settings) as plane:
        said = TenantSettings(user_key=SECRET)
        tenants.set_tenant(plane, "default", actor="test", origins=[listed.origin], settings=said)
    with serving(settings, folder) as (origin, _):
        yield origin


@pytest.fixture
def destination_of_this_test(destination) -> Upstream:
    destination.received.clear()
    return destination


def user_token() -> str:
    now = int(time.time())
    said = {"sub": "anna", "aud": "default", "iat": now, "exp": now + 300}
    return jwt.encode({"alg": "HS256"}, said, OctKey.import_key(SECRET))


FETCH = """async ([url, options]) => {
  try {
    const answer = await fetch(url, options);
    return [answer.status, await answer.text()];
  } catch (error) { return ["refused", error.name]; }
}"""


def data(service: str, permalink: str = "data") -> str:
    return f"{service}/widget-service/connectors/{permalink}/execute"


def signed_in(page, service: str) -> str:
    """Sign the browser in at the service's own origin; return the CSRF token."""
    page.goto(f"{service}/healthz")
    options = {
        "method": "POST",
        "headers": {"Content-Type": "application/json"},
        "body": f'{{"token": "{user_token()}"}}',
    }
    status, told = page.evaluate(FETCH, [f"{service}/session", options])
    assert status == 200
    return page.evaluate("text => JSON.parse(text).csrf_token", told)


def test_a_page_of_a_listed_origin_calls_with_a_user_token(page, service, listed):
    page.goto(f"{listed.origin}/")
    headers = {"Authorization": f"Bearer {user_token()}", "Content-Type": "application/json"}
    for permalink, options in (
        ("data", {"headers": headers}),
        ("send", {"method": "POST", "headers": headers, "body": "{}"}),
    ):
        status, text = page.evaluate(FETCH, [data(service, permalink), options])
        assert (status, "data" in text) == (200, True)


def test_a_page_of_a_listed_origin_calls_through_the_sdk(page, service, listed):
    page.goto(f"{listed.origin}/")
    page.add_script_tag(url=f"{service}/widget-sdk/latest/index.umd.js")
    told = page.evaluate(
        """([baseUrl, token]) => new WidgetServiceSDK({ baseUrl, token }).connectors
             .execute({ permalink: "data", method: "GET" })""",
        [service, user_token()],
    )
    assert told == {"secret": "data"}


def test_the_page_of_the_session_itself_calls_with_the_csrf_token_alone(page, service, destination_of_this_test):
    token = signed_in(page, service)
    assert page.evaluate(FETCH, [data(service), {"headers": {"X-CSRF-Token": token}}])[0] == 200
    assert page.evaluate(FETCH, [data(service), {}])[0] == 403
    assert len(destination_of_this_test.received) == 1


def test_the_sdk_finds_the_csrf_token_that_a_page_has_asked_for(page, service):
    """By the script of ``docs/how-to/sign-in-users.md``, without any configuration."""
    signed_in(page, service)
    page.goto(f"{service}/healthz")
    page.add_script_tag(url=f"{service}/widget-sdk/latest/index.umd.js")
    call = "() => new WidgetServiceSDK().connectors.execute({ permalink: 'data', method: 'GET' })"
    assert page.evaluate(f"({call})().catch((error) => error.code)") == "CSRF_FAILED"
    (html,) = blocks("docs/how-to/sign-in-users.md", "html")
    (script,) = re.findall(r'<script type="module">\n(.*?)</script>', html, re.S)
    page.add_script_tag(content=script, type="module")
    page.wait_for_selector("#csrftoken", state="attached")
    assert page.evaluate(call) == {"secret": "data"}


def test_a_page_of_any_other_origin_gets_nothing_by_fetch(page, service, evil, destination_of_this_test):
    token = signed_in(page, service)
    page.goto(f"{evil.origin.replace('127.0.0.1', 'localhost')}/")
    bearer = {"Authorization": f"Bearer {user_token()}"}
    for options in (
        {},
        {"credentials": "include"},
        {"credentials": "include", "headers": {"X-CSRF-Token": token}},
        {"headers": bearer},
        {"method": "POST", "body": "{}", "credentials": "include"},
        {"mode": "no-cors", "credentials": "include"},
        {"mode": "no-cors", "method": "POST", "body": "{}", "credentials": "include"},
    ):
        for url in (data(service), data(service, "send"), f"{service}/session"):
            status, text = page.evaluate(FETCH, [url, options])
            assert (status, text) in [("refused", "TypeError"), (0, "")]  # nothing, or nothing that can be read
    assert not destination_of_this_test.received


def test_nor_by_a_form_an_image_a_script_or_a_frame(page, service, evil, destination_of_this_test):
    signed_in(page, service)
    origin = evil.origin.replace("127.0.0.1", "localhost")
    page.goto(f"{origin}/")
    for tag, attribute in (("img", "src"), ("script", "src"), ("link", "href"), ("video", "src")):
        told = page.evaluate(
            """([tag, attribute, url]) => new Promise((done) => {
              const element = document.createElement(tag);
              if (tag === "link") element.rel = "stylesheet";
              element.onload = () => done("loaded");
              element.onerror = () => done("refused");
              element[attribute] = url;
              document.head.append(element);
            })""",
            [tag, attribute, data(service)],
        )
        assert told == "refused"
    for method in ("get", "post"):
        for encoding in ("application/x-www-form-urlencoded", "text/plain", "multipart/form-data"):
            page.goto(f"{origin}/")
            with page.expect_navigation():
                page.evaluate(
                    """([action, method, encoding]) => {
                      const form = Object.assign(document.createElement("form"), { action, method, enctype: encoding });
                      form.innerHTML = '<input name="a" value="b">';
                      document.body.append(form);
                      form.submit();
                    }""",
                    [data(service, "data" if method == "get" else "send"), method, encoding],
                )
            assert "ORIGIN_NOT_ALLOWED" in page.content() or "CSRF_FAILED" in page.content()
    page.goto(f"{origin}/")
    page.evaluate(
        "url => { const f = document.createElement('iframe'); f.src = url; document.body.append(f); }", data(service)
    )
    page.wait_for_function("() => window.frames.length === 1")
    page.wait_for_load_state("networkidle")
    assert not destination_of_this_test.received


def test_nobody_is_signed_in_by_another_page(page, service, evil):
    page.goto(f"{evil.origin.replace('127.0.0.1', 'localhost')}/")
    with page.expect_navigation():
        page.evaluate(
            """([action, token]) => {
              const sent = { action, method: "post", enctype: "text/plain" };
              const form = Object.assign(document.createElement("form"), sent);
              const input = document.createElement("input");
              [input.name, input.value] = ['{"token": "' + token + '", "x', '": ""}'];
              form.append(input);
              document.body.append(form);
              form.submit();
            }""",
            [f"{service}/session", user_token()],
        )
    assert page.context.cookies(service) == []
