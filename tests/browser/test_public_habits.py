"""What widgets and page scripts of public repositories do, unmodified: each habit runs in a real browser."""

from collections.abc import Iterator

import pytest

from browser.widget_repositories import NAME, text_of, widget, write_widgets
from support.service import Service, serving

ASKS_FOR_CURRENT_SCRIPT = """<p>untouched</p><script>
  const script = document.currentScript;
  const root = script ? script.getRootNode() : null;
  if (root) root.querySelector("p").textContent = "found by currentScript";
  window.currentScripts = [...(window.currentScripts ?? []), script];
</script>"""
WAITS_FOR_THE_PAGE = """<p></p><script>
  document.addEventListener("DOMContentLoaded", () => { (window.heard ??= []).push("classic"); });
  window.addEventListener("load", { handleEvent: () => { window.heard.push("load"); } });
</script><script type="module">
  document.addEventListener("DOMContentLoaded", () => { (window.heard ??= []).push("module"); }, { once: true });
  export const init = (sdk) => { sdk.$("p").textContent = "ready"; };
</script>"""
WITHOUT_SCRIPTING = """<noscript><style>p { color: red }</style><p>no scripts</p><script>throw 1;</script></noscript>
<p style="color: rgb(1, 2, 3)">scripts</p>"""
OWN_IMPORT_MAP = """<p></p>
<script type="module">
  import { word } from "mapped-by-the-widget";
  export const init = (sdk) => { sdk.$("p").textContent = word; };
</script>
<script type="importmap">{ "imports": { "mapped-by-the-widget": "WORD_URL" } }</script>"""
WHOLE_PAGE = {
    "content.html": """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>App</title><base href="/">
      <link rel="stylesheet" href="app.css" media="print" onload="this.media='all'">
      <noscript><link rel="stylesheet" href="noscript.css"></noscript></head>
      <body class="app"><p></p><script src="app.js" type="module" crossorigin></script></body></html>""",
    "app.css": "p { color: rgb(7, 8, 9) }",
    "noscript.css": "p { color: red !important }",
    "app.js": 'export default (sdk) => { sdk.$("p").textContent = "a whole page"; };',
}
NESTED_ROOT = '<div><template shadowrootmode="open"><b>nested</b></template></div><p></p>'
HANDLERS = """<p onclick="clicked(this)">before</p><script>
  function clicked(element) { element.textContent = "clicked"; }
</script>"""
REFUSED = '<p></p><script src="https://scripts.invalid/tracker.js"></script>'
REFUSED_MODULE = '<p></p><script type="module" src="https://scripts.invalid/app.js"></script>'
OWN_SHEETS = """<p>sheets</p><script type="module">
  export function init({ root }) {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync("p { color: var(--config--main-color-brand); font-weight: 700 }");
    root.adoptedStyleSheets = [sheet];
    root.innerHTML = "<p>drawn anew</p>";
  }
</script>"""
CONSTANTS = """<p></p><script>
  const told = document.querySelectorAll('[data-widget-type$=":constants"]');
  for (const host of told) host.shadowRoot.querySelector("p").textContent = "constant";
</script>"""
WRAPS = """<p></p><script>
  const listening = document.addEventListener;
  document.addEventListener = function (...all) { return listening.apply(this, all); };
</script><script type="module">export const init = (sdk) => { sdk.$("p").textContent = "wrapped"; };</script>"""
UNMAPPED = """<p></p><script type="module">
  import { createRoot } from "react-dom/client";
</script>"""
TABLE_ROW = "<tr><td><p>a cell</p></td></tr>"
DETACHED_SDK = """<p></p><script type="module">
  export async function init({ whenReady }) {
    const sdk = await whenReady();
    const { host } = sdk.getContainer();
    host.style.setProperty("--w-colour", "rgb(3, 3, 3)");
    sdk.$("p").style.color = "var(--w-colour)";
    window.detached = sdk;
    sdk.on("destroy", () => { window.destroyed = [sdk.root.textContent, sdk.getProps()]; });
  }
</script>"""

WIDGETS = {
    "current_script": ASKS_FOR_CURRENT_SCRIPT,
    "waits": WAITS_FOR_THE_PAGE,
    "no_scripting": WITHOUT_SCRIPTING,
    "whole_page": WHOLE_PAGE,
    "nested": NESTED_ROOT,
    "handlers": HANDLERS,
    "row": TABLE_ROW,
    "unmapped": UNMAPPED,
    "constants": CONSTANTS,
    "own_sheets": OWN_SHEETS,
    "detached": DETACHED_SDK,
    "own_map": {"content.html": OWN_IMPORT_MAP.replace("WORD_URL", "/widget-runtime/latest/word.js")},
    "wraps": WRAPS,
    "refused": REFUSED,
    "refused_module": REFUSED_MODULE,
}
AT_THE_END = """
window.seenAtTheEnd = [...document.querySelectorAll('gs-cc-registry-widget[data-widget-type*="current_script"]')]
  .map((host) => [host.shadowRoot.querySelector("p").textContent, document.readyState, window.currentScripts.length]);
"""
WHEN_READY = """
document.addEventListener("DOMContentLoaded", () => {
  for (const host of document.querySelectorAll('gs-cc-registry-widget[data-widget-type*="nested"]')) {
    host.shadowRoot.querySelector("p").textContent = "painted when the page was ready";
  }
});
"""


@pytest.fixture(scope="module")
def service(tmp_path_factory) -> Iterator[Service]:
    repo = tmp_path_factory.mktemp("habits")
    scripts = [
        {"name": "at-the-end", "path": "./at-the-end.js", "placement": "bodyEnd"},
        {"name": "when-ready", "path": "./when-ready.js"},
    ]
    write_widgets(repo, WIDGETS, scripts=scripts)
    (repo / "at-the-end.js").write_text(AT_THE_END)
    (repo / "when-ready.js").write_text(WHEN_READY)
    with serving(repo) as running:
        yield running


@pytest.fixture
def gallery(service, browser):
    """The page of all widgets; what the policy refuses is an error of its own there."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{service.origin}/preview/")
    yield page
    context.close()


def test_a_script_that_asks_for_current_script_is_told_null_and_its_fallback_runs(gallery):
    assert text_of(gallery, "current_script") == "untouched"
    assert gallery.evaluate("currentScripts") == [None]
    html = "host => host.shadowRoot.innerHTML"
    assert widget(gallery, "current_script").evaluate(html) == ASKS_FOR_CURRENT_SCRIPT


def test_scripts_at_the_end_of_the_page_find_widgets_with_their_markup_and_classic_scripts_run(gallery):
    widget(gallery, "current_script")
    assert gallery.evaluate("seenAtTheEnd") == [["untouched", "interactive", 1]]


def test_page_scripts_that_wait_for_the_page_find_widgets(gallery):
    assert text_of(gallery, "nested") == "painted when the page was ready"


def test_widgets_that_wait_for_the_page_hear_that_it_is_ready_however_late_they_come(gallery):
    assert text_of(gallery, "waits") == "ready"
    gallery.wait_for_function("() => heard.length === 3")
    assert sorted(gallery.evaluate("heard")) == ["classic", "load", "module"]
    gallery.evaluate("""() => {
      window.heard.length = 0;
      document.querySelector('[data-widget-type$=":waits"]').reload();
    }""")
    gallery.wait_for_function("() => heard.length === 3")


def test_a_script_that_wraps_how_the_page_listens_keeps_its_wrapper(gallery):
    assert text_of(gallery, "wraps") == "wrapped"
    same = """async () => {
      const before = document.addEventListener;
      await document.querySelector('[data-widget-type$=":waits"]').reload();
      let heard = 0;
      document.addEventListener("own", () => { heard += 1; });
      document.dispatchEvent(new Event("own"));
      return [before === document.addEventListener, heard, Object.hasOwn(window, "addEventListener")];
    }"""
    assert gallery.evaluate(same) == [True, 1, False]


def test_a_second_instance_of_a_classic_script_with_constants_is_told_why_it_fails(gallery):
    widget(gallery, "constants")
    message = gallery.evaluate(
        f"""() => new Promise((done) => {{
          const second = document.createElement("{NAME}");
          second.setAttribute("data-widget-type", "constants");
          second.addEventListener("widget-error", (event) => done(event.detail.message));
          document.body.append(second);
        }})"""
    )
    assert "has already been declared" in message
    assert "put the code into a function, or make it a module" in message


def test_an_element_that_is_put_back_runs_its_constants_again(gallery):
    host = widget(gallery, "constants")
    host.evaluate(
        """async host => {
          const parent = host.parentNode;
          host.remove();
          await null;
          host.shadowRoot.replaceChildren();
          parent.append(host);
        }"""
    )
    assert text_of(gallery, "constants") == "constant"


def test_what_stands_in_a_noscript_is_text_where_scripts_run(gallery):
    host = widget(gallery, "no_scripting")
    paragraphs = (
        "host => [...host.shadowRoot.querySelectorAll('p')].map((p) => [p.textContent, getComputedStyle(p).color])"
    )
    assert host.evaluate(paragraphs) == [["scripts", "rgb(1, 2, 3)"]]


def test_an_entry_that_is_a_whole_page_runs_without_its_outer_tags(gallery):
    assert text_of(gallery, "whole_page") == "a whole page"
    host = widget(gallery, "whole_page")
    gallery.wait_for_function(
        """() => getComputedStyle(document.querySelector('[data-widget-type$=":whole_page"]').shadowRoot
          .querySelector("p")).color === "rgb(7, 8, 9)\""""
    )
    assert host.evaluate("host => host.shadowRoot.querySelectorAll('html, head, body').length") == 0
    assert gallery.evaluate("new URL('x', document.baseURI).pathname") == "/preview/x"


def test_shadow_roots_in_the_markup_and_top_level_rows_are_read_as_the_parser_of_pages_does(gallery):
    nested = "host => host.shadowRoot.querySelector('div').shadowRoot.querySelector('b').textContent"
    assert widget(gallery, "nested").evaluate(nested) == "nested"
    row = "host => host.shadowRoot.querySelector('tr > td > p').textContent"
    assert widget(gallery, "row").evaluate(row) == "a cell"


def test_handlers_in_attributes_find_functions_of_classic_scripts(gallery):
    widget(gallery, "handlers").locator("p").click()
    assert text_of(gallery, "handlers") == "clicked"


def test_an_import_map_in_a_fragment_counts_whatever_its_place(gallery):
    gallery.route(
        "**/word.js", lambda route: route.fulfill(content_type="text/javascript", body="export const word = 1;")
    )
    gallery.reload()
    assert text_of(gallery, "own_map") == "1"


@pytest.mark.parametrize("type_", ["refused", "refused_module"])
def test_a_script_that_the_policy_refuses_says_that_the_policy_does(gallery, type_):
    widget(gallery, type_, "failed")
    told = gallery.locator(f'.host-card[data-segment="{type_}"]').get_by_role("alert")
    told.get_by_text("Content-Security-Policy refuses it").first.wait_for()


def test_a_bare_name_that_leads_nowhere_says_where_to_map_it(gallery):
    widget(gallery, "unmapped", "failed")
    told = gallery.locator('.host-card[data-segment="unmapped"]').get_by_role("alert")
    told.get_by_text('Say where "react-dom/client" leads: in "importMaps" of the registry').first.wait_for()


def test_a_host_is_a_block_and_carries_private_properties(gallery):
    host = widget(gallery, "detached")
    assert host.evaluate("host => getComputedStyle(host.shadowRoot.querySelector('p')).color") == "rgb(3, 3, 3)"
    shown = f"""(hidden) => {{
      const host = document.createElement("{NAME}");
      host.hidden = hidden;
      document.body.append(host);
      return getComputedStyle(host).display;
    }}"""
    assert [gallery.evaluate(shown, hidden) for hidden in (False, True)] == ["block", "none"]


def test_tokens_stay_when_a_widget_sets_its_own_stylesheets_and_empties_its_root(gallery):
    style = """host => {
      const { color, fontWeight } = getComputedStyle(host.shadowRoot.querySelector("p"));
      return [color, fontWeight, host.shadowRoot.adoptedStyleSheets.length];
    }"""
    assert widget(gallery, "own_sheets").evaluate(style) == ["rgb(146, 84, 217)", "700", 2]


def test_a_removed_widget_is_destroyed_before_anything_else_runs_and_still_has_its_root(gallery):
    widget(gallery, "detached")
    told = gallery.evaluate(
        """async () => {
          const { host } = detached.root;
          host.remove();
          await null;
          return window.destroyed.length + typeof window.destroyed[1];
        }"""
    )
    assert told == "2object"


def test_a_widget_that_is_moved_at_once_keeps_its_life(gallery):
    widget(gallery, "detached")
    told = gallery.evaluate(
        """async () => {
          const { host } = detached.root;
          document.body.append(host);
          await null;
          document.body.moveBefore?.(host, document.body.firstChild);
          await null;
          return [typeof window.destroyed, host.dataset.state];
        }"""
    )
    assert told == ["undefined", "ready"]
