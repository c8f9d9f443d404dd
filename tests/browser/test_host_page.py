"""The host page in a real browser: what surrounds widgets, what is told when one fails, and under which policy."""

from collections.abc import Iterator

import pytest

from browser.widget_repositories import widget, write_widgets
from support.service import Service, serving, write_dev_config

PLAIN = "<p>plain</p>"
COLOURED = """<style>:host { --color-surface-page: rgb(9, 9, 9); } p { background: var(--color-surface-page); }</style>
<p style="color: var(--config--main-color-brand); border-color: var(--color-action-primary-default)">tokens</p>
<script type="module">
  export function init(sdk) {
    sdk.root.innerHTML = sdk.root.innerHTML;  // A widget may empty its root; the tokens stay.
    sdk.on("designTokensChanged", (tokens) => { window.told = tokens; });
  }
</script>"""
FAILING = {
    "syntax": '<p></p><script type="module">const = 1;</script>',
    "evaluation": '<p></p>\n<script type="module">\nthrow new Error("top-level failure");</script>',
    "no_file": '<p></p><script type="module" src="nobody.js"></script>',
    "no_classic": '<p></p><script src="nobody.js"></script>',
    "thrown": '<p></p><script type="module">export const init = () => { throw new Error("init failure"); };</script>',
    "rejected": '<p></p><script type="module">export const init = async () => { throw Error("late"); };</script>',
    "classic_throws": '<p></p>\r\n<script>\nthrow new Error("classic failure");</script>',
    "listening": """<p></p><script type="module">
        export const init = (sdk) => sdk.on("error", ({ message, error }) => {
          sdk.$("p").textContent = `${message}, ${error instanceof Error}`;
        });
      </script><script type="module">export const init = () => { throw new Error("told"); };</script>""",
    "classic_later": """<p></p><script>
        function fail() { throw new Error("a handler failed"); }
      </script><button onclick="fail()">Fail</button>""",
    "later": """<p></p><script type="module">
        export const init = (sdk) => { sdk.$("p").onclick = () => { throw new Error("a click failed"); }; };
      </script>""",
}
GUARDED = """<p></p><script type="module">
  const attempt = (what) => { try { return String(what()); } catch (error) { return error.name; } };
  export function init(sdk) {
    window.attempts = [
      attempt(() => eval("1")),
      attempt(() => new Function("return 1")()),
      attempt(() => new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]))),
    ];
  }
</script>"""
PAGE_SCRIPT = """
window.found ??= [];
window.found.push([document.currentScript.dataset.name, document.body !== null,
  typeof WidgetServiceSDK, document.getElementById("csrftoken").content.length > 20]);
window.paint = () => {
  for (const host of document.querySelectorAll('gs-cc-registry-widget[data-widget-type*="plain"]')) {
    host.shadowRoot.querySelector("p").textContent = "painted by a page script";
  }
};
"""


def page_script(name, **fields):
    return {"name": name, "path": "./scripts/page.js", "attributes": {"data-name": name}, **fields}


SCRIPTS = [
    page_script("head"),
    page_script("start", placement="bodyStart"),
    page_script("end", placement="bodyEnd"),
    page_script("global", rules=[{"field": "pageType", "operator": "in", "value": ["global"]}]),
    page_script("user", rules=[{"field": "authenticated", "operator": "eq", "value": "true"}]),
]


@pytest.fixture(scope="module")
def service(tmp_path_factory) -> Iterator[Service]:
    repo = tmp_path_factory.mktemp("host_page")
    widgets = {"plain": PLAIN, "coloured": COLOURED, "guarded": GUARDED, **FAILING}
    write_widgets(repo, widgets, scripts=SCRIPTS, stylesheets=[{"name": "theme", "path": "theme.css"}])
    (repo / "scripts").mkdir()
    (repo / "scripts" / "page.js").write_text(PAGE_SCRIPT)
    (repo / "theme.css").write_text("p { color: rgb(1, 2, 3) !important; } body { --from-the-page: 1px; }")
    write_dev_config(repo, '[[users]]\nid = "u-1"\nfirst_name = "Anna"\n')
    with serving(repo) as running:
        yield running


@pytest.fixture
def lenient_page(browser):
    """A page on which scripts may fail."""
    context = browser.new_context()
    yield context.new_page()
    context.close()


FAILURES = {
    "syntax": "could not be run: Unexpected token '='",
    "evaluation": "could not be run: top-level failure",
    "no_file": "nobody.js could not be run",
    "no_classic": "nobody.js could not be loaded",
    "thrown": "init failure",
    "rejected": "late",
    "classic_throws": "A script threw: Uncaught Error: classic failure",
    "listening": "told",
}


def test_each_widget_that_fails_says_so_and_leaves_the_others_alone(service, lenient_page):
    lenient_page.goto(f"{service.origin}/preview/")
    for type_, words in FAILURES.items():
        card = lenient_page.locator(f'.host-card[data-segment="{type_}"]')
        card.get_by_role("alert").locator("p", has_text=words).wait_for()
        widget(lenient_page, type_, "failed")
    listening = widget(lenient_page, "listening", "failed")
    assert listening.evaluate("host => host.shadowRoot.querySelector('p').textContent") == "told, true"
    for type_ in ("plain", "coloured"):
        widget(lenient_page, type_, "ready")
        card = lenient_page.locator(f'.host-card[data-segment="{type_}"]')
        assert not card.get_by_role("alert").is_visible()


def test_a_failure_names_the_line_of_the_entry(service, lenient_page):
    lenient_page.goto(f"{service.origin}/preview/evaluation")
    lenient_page.get_by_role("alert").get_by_text("top-level failure").first.wait_for()
    stack = lenient_page.locator(".host-failure details pre").text_content()
    line = FAILING["evaluation"].split("\n").index('throw new Error("top-level failure");</script>') + 1
    assert f"inline-module-0.js?instance=1:{line}:" in stack
    source = lenient_page.locator(".host-failure .host-source")
    source.locator("code", has_text=f"content.html:{line}:").wait_for()
    assert f"›    {line}  throw new Error(" in source.locator("pre").text_content()


def test_a_classic_script_fails_on_the_line_of_the_entry_too(service, lenient_page):
    lenient_page.goto(f"{service.origin}/preview/classic_throws")
    lenient_page.get_by_role("alert").get_by_text("classic failure").first.wait_for()
    assert "›    3  throw new Error" in lenient_page.locator(".host-failure pre").first.text_content()


def test_a_handler_of_a_classic_script_that_fails_later_is_told_of_its_widget(service, lenient_page):
    lenient_page.goto(f"{service.origin}/preview/")
    widget(lenient_page, "classic_later").evaluate("host => host.shadowRoot.querySelector('button').click()")
    card = lenient_page.locator('.host-card[data-segment="classic_later"]')
    card.get_by_role("alert").get_by_text("a handler failed").first.wait_for()


def test_what_fails_later_is_told_of_the_widget_that_it_comes_from(service, lenient_page):
    lenient_page.goto(f"{service.origin}/preview/")
    widget(lenient_page, "later").evaluate("host => host.shadowRoot.querySelector('p').click()")
    card = lenient_page.locator('.host-card[data-segment="later"]')
    card.get_by_role("alert").get_by_text("a click failed").first.wait_for()
    assert not lenient_page.locator('.host-card[data-segment="plain"]').get_by_role("alert").is_visible()


def test_reload_runs_a_widget_again(service, page):
    page.goto(f"{service.origin}/preview/plain")
    host = widget(page, "plain")
    host.evaluate("host => host.shadowRoot.replaceChildren()")
    page.get_by_role("button", name="Reload").click()
    host.get_by_text("plain", exact=True).wait_for()


def test_page_scripts_stand_in_their_places_and_reach_widgets(service, page):
    page.goto(f"{service.origin}/preview/plain")
    host = widget(page, "plain")
    assert page.evaluate("found") == [
        ["head", False, "function", True],
        ["start", True, "function", True],
        ["end", True, "function", True],
    ]
    page.evaluate("paint()")
    assert host.get_by_text("painted by a page script").is_visible()


def test_stylesheets_of_the_page_stay_out_of_widgets_but_custom_properties_reach_them(service, page):
    page.goto(f"{service.origin}/preview/plain")
    style = widget(page, "plain").evaluate(
        """host => {
          const style = getComputedStyle(host.shadowRoot.querySelector("p"));
          return [style.color, style.getPropertyValue("--from-the-page")];
        }"""
    )
    assert style == ["rgb(43, 51, 70)", "1px"]


def test_tokens_of_both_families_reach_widgets_and_yield_to_their_own(service, page):
    page.goto(f"{service.origin}/preview/coloured")
    colours = """host => {
      const { color, borderColor, backgroundColor } = getComputedStyle(host.shadowRoot.querySelector("p"));
      return [color, borderColor, backgroundColor];
    }"""
    host = widget(page, "coloured")
    assert host.evaluate(colours) == ["rgb(146, 84, 217)", "rgb(146, 84, 217)", "rgb(9, 9, 9)"]
    page.evaluate(
        """async () => {
          const { setDesignTokens } = await import("/widget-runtime/latest/index.js");
          setDesignTokens({ "config--main-color-brand": "rgb(1, 1, 1)" });
        }"""
    )
    assert host.evaluate(colours)[0] == "rgb(1, 1, 1)"
    told = page.evaluate("told")
    assert told["config--main-color-brand"] == "rgb(1, 1, 1)"
    assert told["theme-neutral-0"] == "#FFFFFF"
    assert not any(name.startswith("--") for name in told)


def test_code_from_text_is_refused_and_webassembly_is_not(service, page):
    page.goto(f"{service.origin}/preview/guarded")
    widget(page, "guarded")
    assert page.evaluate("attempts") == ["EvalError", "EvalError", "[object WebAssembly.Module]"]


def test_the_user_is_switched_with_the_session(service, page):
    page.goto(f"{service.origin}/preview/plain")
    before = page.locator("#csrftoken").get_attribute("content")
    with page.expect_navigation():
        page.get_by_label("User").select_option("u-1")
    assert page.url == f"{service.origin}/preview/plain"
    assert page.locator("#csrftoken").get_attribute("content") != before
    widget(page, "plain")
    assert [name for name, *_ in page.evaluate("found")] == ["head", "user", "start", "end"]
    asked = "async () => (await (await fetch('/session')).json()).user?.id"
    assert page.evaluate(asked) == "u-1"
    with page.expect_navigation():
        page.get_by_label("User").select_option("")
    assert page.evaluate(asked) is None


def test_a_theme_file_sets_tokens_and_a_saved_one_is_told_to_widgets(service, page):
    theme = service.repo / ".widget-service" / "theme.json"
    theme.write_text('{"--config--main-color-brand": "rgb(2, 2, 2)"}')
    colour = "host => getComputedStyle(host.shadowRoot.querySelector('p')).color"
    served = "async () => (await (await fetch('/widget-runtime/latest/theme.js')).text()).includes('rgb(2, 2, 2)')"
    page.goto(f"{service.origin}/preview/coloured")
    page.wait_for_function(served)
    page.reload()
    host = widget(page, "coloured")
    assert host.evaluate(colour) == "rgb(2, 2, 2)"
    page.locator('.host-live[data-live="open"]').wait_for()
    theme.write_text('{"color-action-primary-default": "rgb(4, 4, 4)"}')
    page.wait_for_function("() => window.told?.['color-action-primary-default'] === 'rgb(4, 4, 4)'")
    assert page.evaluate("told['config--main-color-brand']") == "#9254D9"
    assert host.evaluate(colour) == "rgb(146, 84, 217)"
    theme.unlink()
    page.wait_for_function("() => window.told['color-action-primary-default'] === '#9254D9'")
