"""The runtime in a real browser: scripts of every form, the life of an instance, everything that ``sdk`` offers."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from browser.widget_repositories import NAME, text_of, widget, write_widgets
from support.service import Service, serving, write_registry
from support.upstream import Upstream, reply_json

CLASSIC = """
  const host = document.querySelector('gs-cc-registry-widget[data-widget-type*="TYPE"]');
  host.shadowRoot.querySelector("p").textContent = `classic, ${document.currentScript}, ${typeof WidgetServiceSDK}`;
"""

FORMS = {
    "external": {
        "content.html": '<p></p><script type="module" src="/assets/app.js"></script>',
        "assets/app.js": """import { word } from "./word.js";
            export const init = (sdk) => { sdk.$("p").textContent = word; };""",
        "assets/word.js": 'export const word = "from a module beside it";',
    },
    "inline": {
        "content.html": """<p></p><script type="module">
            import { word } from "./word.js";
            export async function init(sdk) { (await sdk.whenReady()).$("p").textContent = word; }
          </script>""",
        "word.js": 'export const word = "from a relative import";',
    },
    "by_default": """<p></p><script type="module">
        export default (sdk) => { sdk.$("p").textContent = "default"; };
      </script>""",
    "both": """<p></p><script type="module">
        export default () => {};
        export function init(sdk) { sdk.$("p").textContent = "init"; }
      </script>""",
    "neither": '<p>no export</p><script type="module">const init = () => { throw new Error("called"); };</script>',
    "classic": f"<p></p><script>{CLASSIC.replace('TYPE', 'classic')}</script>",
    "old_src": {
        "content.html": """<p></p><script src="a.js"></script><script>
            const { shadowRoot } = document.querySelector('gs-cc-registry-widget[data-widget-type*="old_src"]');
            shadowRoot.querySelector("p").textContent = order.join();
          </script><script defer src="c.js"></script><script src="b.js"></script>""",
        "a.js": "var order = ['a', String(document.currentScript)];",
        "b.js": "order.push('b');",
        "c.js": "order.push('c'); window.lastOrder = order.join();",
    },
    "data_only": '<p>static</p><script type="text/x-data">throw 1;</script><script nomodule>throw 2;</script>',
    "no_script": "<style>p { color: rgb(1, 2, 3) }</style><p>no script at all</p>",
    "placeholder": "<p>{{ title }}</p>",
    "specifier": """<p></p><script type="module">
        import { WidgetServiceSDK } from "@gainsight-customer-hub/widget-service-sdk";
        export const init = (sdk) => { sdk.$("p").textContent = typeof new WidgetServiceSDK().connectors.execute; };
      </script>""",
}

WIDGETS = {
    **FORMS,
    "counted": {
        "content.html": """<p></p><script type="module" src="once.js"></script><script type="module">
            (window.evaluated ??= []).push(import.meta.url);
            export function init(sdk) {
              (window.inits ??= []).push(sdk);
              sdk.on("destroy", (data) => (window.ends ??= []).push([sdk.root.isConnected, data]));
            }
          </script>""",
        "once.js": "window.onceEvaluated = (window.onceEvaluated ?? 0) + 1;"
        " export function init() { window.onceInits = (window.onceInits ?? 0) + 1; }",
    },
    "props": """<p></p><script type="module">
        export function init(sdk) {
          const show = (props) => { sdk.$("p").textContent = JSON.stringify(props); };
          show(sdk.getProps());
          sdk.on("propsChanged", show);
          window.propsSDK = sdk;
        }
      </script>""",
    "asking": '<p></p><script type="module">export async function init(sdk) { window.asking = sdk; }</script>',
    "assets": {
        "content.html": """<link rel="stylesheet" href="style.css"><link id="data" hidden href="data/list.json">
          <p style="background-image: url(dot.svg)"></p><img src="/dot.svg" srcset="dot.svg 1x">
          <script type="module">
            export async function init(sdk) {
              const list = await (await fetch(sdk.$("#data").href)).json();
              const beside = await (await fetch(new URL("data/list.json", import.meta.url))).json();
              sdk.$("p").textContent = [...list, ...beside].join();
              await sdk.$("img").decode();
            }
          </script>""",
        "style.css": "p { color: rgb(4, 5, 6); }",
        "data/list.json": "[1, 2]",
        "dot.svg": '<svg xmlns="http://www.w3.org/2000/svg" width="7" height="7"/>',
    },
}


@pytest.fixture(scope="module")
def service(tmp_path_factory) -> Iterator[Service]:
    repo = tmp_path_factory.mktemp("runtime")
    with Upstream().serving() as upstream:
        upstream.replies["/plants"] = reply_json({"name": "Fern"})
        write_registry(repo, [{"name": "Plants", "url": f"{upstream.origin}/plants"}])
        write_widgets(repo, WIDGETS)
        with serving(repo) as running:
            yield running


@pytest.fixture
def visit(service, page):
    """Open the page of one widget and wait for it."""

    def open_(type_: str, state: str = "ready") -> Page:
        page.goto(f"{service.origin}/preview/{type_}")
        widget(page, type_, state)
        return page

    return open_


TEXTS = {
    "external": "from a module beside it",
    "inline": "from a relative import",
    "by_default": "default",
    "both": "init",
    "neither": "no export",
    "classic": "classic, null, function",
    "old_src": "a,null",
    "data_only": "static",
    "no_script": "no script at all",
    "placeholder": "{{ title }}",
    "specifier": "function",
}


def test_widgets_of_every_form_run_side_by_side(service, page):
    page.goto(f"{service.origin}/preview/")
    assert {type_: text_of(page, type_) for type_ in FORMS} == TEXTS
    # Classic scripts run in the order of the entry, a deferred one after them.
    assert page.evaluate("window.lastOrder") == "a,null,b,c"


def test_each_instance_has_its_own_sdk_root_and_evaluation_of_an_inline_module(visit):
    page = visit("counted")
    page.evaluate(
        f"""() => new Promise((done) => {{
          const second = document.createElement("{NAME}");
          second.setAttribute("data-widget-type", "counted");
          second.addEventListener("widget-ready", done, {{ once: true }});
          document.body.append(second);
        }})"""
    )
    assert page.evaluate("[inits.length, inits[0] !== inits[1], inits[0].root !== inits[1].root]") == [2, True, True]
    assert page.evaluate("inits[0].connectors === inits[1].connectors") is True
    assert page.evaluate("[onceEvaluated, onceInits]") == [1, 2]
    first, second = page.evaluate("evaluated")
    assert first != second
    for url in (first, second):
        assert "/widgets/counted/" in url
        assert "/inline-module-0.js" in url


def test_props_are_the_defaults_under_the_configuration_of_the_element(visit):
    page = visit("props")
    host = widget(page, "props")
    assert text_of(page, "props") == "{}"
    host.evaluate("""host => host.setAttribute("data-config", '{"a": 1, "b": {"c": 2}}')""")
    assert text_of(page, "props") == '{"a":1,"b":{"c":2}}'
    assert page.evaluate("propsSDK.getProps()") == {"a": 1, "b": {"c": 2}}
    page.evaluate("propsSDK.setProps({ a: 2 })")
    assert text_of(page, "props") == '{"a":2,"b":{"c":2}}'
    page.evaluate("propsSDK.getProps().a = 3")
    assert page.evaluate("propsSDK.getProps().a") == 2
    host.evaluate("""host => host.removeAttribute("data-config")""")
    assert text_of(page, "props") == "{}"


def test_a_configuration_that_is_no_json_is_told_and_leaves_the_props(visit):
    page = visit("props")
    host = widget(page, "props")
    host.evaluate("""host => host.setAttribute("data-config", '{"a": 1}')""")
    host.evaluate("""host => host.setAttribute("data-config", '[')""")
    assert host.get_attribute("data-state") == "failed"
    page.get_by_role("alert").get_by_text("data-config is not the JSON of props").wait_for()
    assert page.evaluate("propsSDK.getProps()") == {"a": 1}


def test_a_removed_widget_is_destroyed_once_and_lives_anew_when_it_is_put_back(visit):
    page = visit("counted")
    ended = """() => new Promise((done) => {
      const host = document.querySelector("gs-cc-registry-widget");
      inits[0].on("destroy", () => done(host));
      window.parent_ = host.parentNode;
      window.removed = host;
      host.remove();
    }).then(() => ends)"""
    assert page.evaluate(ended) == [[False, None]]
    page.evaluate(
        """() => new Promise((done) => {
          removed.addEventListener("widget-ready", done);
          parent_.append(removed);
        })"""
    )
    assert page.evaluate("[inits.length, ends.length]") == [2, 1]
    # What belonged to the former life is deaf.
    page.evaluate("inits[0].emit('destroy')")
    assert page.evaluate("ends.length") == 1


def test_a_widget_that_is_moved_keeps_its_life(visit):
    page = visit("counted")
    moved = """() => new Promise((done) => {
      const host = document.querySelector("gs-cc-registry-widget");
      host.remove();
      document.body.append(host);
      setTimeout(() => setTimeout(done));
    }).then(() => [inits.length, window.ends ?? []])"""
    assert page.evaluate(moved) == [1, []]


def test_another_type_is_another_widget(visit):
    page = visit("counted")
    page.evaluate(
        """() => new Promise((done) => {
          const host = document.querySelector("gs-cc-registry-widget");
          host.addEventListener("widget-ready", done);
          host.setAttribute("data-widget-type", "by_default");
        })"""
    )
    assert page.evaluate("[ends.length, document.querySelector('gs-cc-registry-widget').widgetType]") == [
        1,
        "by_default",
    ]
    assert page.locator(NAME).get_by_text("default", exact=True).is_visible()


def test_the_sdk_offers_what_is_documented(visit, service):
    page = visit("asking")
    told = page.evaluate(
        """async () => {
          const sdk = asking, host = document.querySelector("gs-cc-registry-widget");
          const { getContainer, $, $$, on, off, emit } = sdk;  // Members need no `this`.
          const heard = [];
          const listener = (data) => heard.push(data);
          const unsubscribe = on("custom", listener);
          emit("custom", { n: 1 });
          emit("other");
          unsubscribe();
          emit("custom", { n: 2 });
          on("custom", listener);
          off("custom", listener);
          emit("custom", { n: 3 });
          const tokens = sdk.getDesignTokens();
          tokens["color-action-primary-default"] = "changed";
          return {
            roots: sdk.root === host.shadowRoot && sdk.shadowRoot === sdk.root && getContainer() === sdk.root,
            mode: sdk.root.mode,
            host: getContainer().host === host,
            document: sdk.document === document,
            ready: (await sdk.whenReady()) === sdk,
            found: [$("p").tagName, $("nav"), $$("p").length, Array.isArray($$("p")), $$("nav").length],
            heard,
            version: sdk.version,
            info: sdk.getVersionInfo(),
            web: ["web" in sdk, typeof sdk.web],
            connectors: [typeof sdk.connectors.execute, typeof sdk.connectors.composite.execute],
            token: sdk.getDesignTokens()["color-action-primary-default"],
          };
        }"""
    )
    version = told.pop("version")
    assert version.count(".") == 2
    assert told == {
        "roots": True,
        "mode": "open",
        "host": True,
        "document": True,
        "ready": True,
        "found": ["P", None, 1, True, 0],
        "heard": [{"n": 1}],
        "info": {"version": version, "gitSha": "", "buildTime": ""},
        "web": [True, "undefined"],
        "connectors": ["function", "function"],
        "token": "#9254D9",
    }


def test_a_listener_that_throws_does_not_keep_the_others(visit):
    page = visit("asking")
    heard = page.evaluate(
        """() => {
          const heard = [];
          addEventListener("error", (event) => { event.preventDefault(); heard.push(event.message); }, { once: true });
          asking.on("custom", () => { throw new Error("mine"); });
          asking.on("custom", () => heard.push("second"));
          try { asking.emit("custom"); } catch { heard.push("thrown"); }
          return heard;
        }"""
    )
    assert heard == ["Uncaught Error: mine", "second"]


@pytest.mark.parametrize("client", ["asking.connectors", "new WidgetServiceSDK().connectors"])
def test_connectors_are_executed(visit, client):
    page = visit("asking")
    assert page.evaluate(f"{client}.execute({{ permalink: 'plants', method: 'GET' }})") == {"name": "Fern"}


def test_references_of_the_fragment_lead_to_hosted_files(visit):
    page = visit("assets")
    assert text_of(page, "assets") == "1,2,1,2"
    told = widget(page, "assets").evaluate(
        """host => {
          const [paragraph, image] = ["p", "img"].map((name) => host.shadowRoot.querySelector(name));
          const { color, backgroundImage } = getComputedStyle(paragraph);
          return [color, backgroundImage.includes("/widgets/assets/"), image.naturalWidth];
        }"""
    )
    assert told == ["rgb(4, 5, 6)", True, 7]


def test_styles_of_a_widget_stay_in_it(visit):
    page = visit("no_script")
    inside = widget(page, "no_script").evaluate("host => getComputedStyle(host.shadowRoot.querySelector('p')).color")
    outside = page.evaluate("getComputedStyle(document.body.appendChild(document.createElement('p'))).color")
    assert (inside, outside == inside) == ("rgb(1, 2, 3)", False)
