"""The console of the host page: calls as they happen, what to mend, faults on demand, by mouse and by keyboard."""

from collections.abc import Iterator

import pytest

from browser.axe import serious_findings
from browser.widget_repositories import widget, write_widgets
from support.service import Service, serving, write_dev_config, write_registry
from support.upstream import reply_json

TEXT_MIDDLE_PX = """element => {
  const range = document.createRange();
  range.selectNodeContents(element);
  const { top, bottom } = element.matches("select") ? element.getBoundingClientRect() : range.getBoundingClientRect();
  return (top + bottom) / 2;
}"""
KEY = "k3y-that-the-console-never-shows"
CALLING = """<p></p><button>Call</button><script type="module">
  export function init(sdk) {
    const call = async () => {
      try {
        const call = { permalink: "counting", method: "GET", queryParams: { q: "fern" } };
        const { count } = await sdk.connectors.execute(call);
        sdk.$("p").textContent = `answer ${count}`;
      } catch (error) {
        sdk.$("p").textContent = `failed ${error.status}`;
      }
    };
    sdk.$("button").onclick = call;
    window.failing = () => sdk.connectors.execute({ permalink: "failing", method: "GET" }).catch(() => {});
    return call();
  }
</script>"""


@pytest.fixture
def service(tmp_path, upstream) -> Iterator[Service]:
    write_widgets(tmp_path, {"calling": CALLING})
    upstream.replies["/counting"] = lambda request: reply_json({"count": 7, "key": request.headers["x-key"]})
    key = {"key": "X-Key", "value": "{{ get_secret('key') }}"}
    query = [{"key": "q", "value": "", "overridable": True}]
    write_registry(
        tmp_path,
        [
            {"name": "Counting", "url": f"{upstream.origin}/counting", "headers": [key], "query_parameters": query},
            {
                "name": "Failing",
                "url": f"{upstream.origin}/x",
                "headers": [{"key": "A", "value": "{{ get_secret('no') }}"}],
            },
        ],
    )
    write_dev_config(tmp_path, f'[secrets]\nkey = "{KEY}"\n')
    with serving(tmp_path) as running:
        yield running


@pytest.fixture
def console(service, page):
    page.goto(f"{service.origin}/preview/calling")
    widget(page, "calling").get_by_text("answer 7").wait_for()
    page.get_by_role("button", name="Calls").click()
    page.locator("#host-calls tr").wait_for()
    return page


def chosen(page):
    return page.get_by_role("region", name="The chosen call")


def test_a_call_is_shown_with_request_answer_and_timing_and_no_secret(console):
    console.get_by_role("button", name="counting").click()
    detail = chosen(console)
    detail.get_by_text("{{ get_secret('key') }}").wait_for()
    assert detail.get_by_role("row", name="q fern").count() == 2  # of the widget, and to the destination
    assert detail.get_by_role("row", name="external").first.is_visible()
    detail.get_by_text('"count": 7').first.wait_for()
    assert KEY not in console.content()
    assert serious_findings(console) == []


def test_an_error_shows_the_line_to_mend(console):
    console.evaluate("failing()")
    console.get_by_role("button", name="failing").click()
    detail = chosen(console)
    detail.get_by_text("the secret 'no' does not exist").first.wait_for()
    detail.get_by_text("connectors_registry.json:1:").wait_for()
    detail.get_by_text('no = "…"').wait_for()
    assert serious_findings(console) == []


def test_a_fault_reaches_the_widget_until_it_is_lifted(console):
    console.get_by_role("button", name="Faults").click()
    fault = console.get_by_label("Fault of counting")
    label = console.get_by_role("rowheader", name="counting")
    assert label.evaluate(TEXT_MIDDLE_PX) == pytest.approx(fault.evaluate(TEXT_MIDDLE_PX), abs=2)
    with console.expect_response("**/live/faults/counting*"):
        fault.select_option("500")
    call = widget(console, "calling").get_by_role("button", name="Call")
    call.click()
    widget(console, "calling").get_by_text("failed 500").wait_for()
    console.get_by_role("button", name="Faults (1)").wait_for()
    console.get_by_text("fault 500").wait_for()
    with console.expect_response("**/live/faults/counting*"):
        fault.select_option("")
    call.click()
    widget(console, "calling").get_by_text("answer 7").wait_for()


def test_the_keyboard_alone_opens_it_and_goes_from_call_to_call(console):
    console.evaluate("failing()")
    console.locator("#host-calls tr").nth(1).wait_for()
    toggle = console.get_by_role("button", name="Calls")
    toggle.focus()
    console.keyboard.press("Enter")
    console.locator("#host-console-body").wait_for(state="hidden")
    console.keyboard.press("Enter")
    console.get_by_role("button", name="failing").focus()
    console.keyboard.press("Enter")
    chosen(console).get_by_role("heading", name="failing").wait_for()
    console.keyboard.press("ArrowDown")
    chosen(console).get_by_role("heading", name="counting").wait_for()


def test_it_stays_open_over_a_reload_is_filtered_and_cleared(console):
    console.evaluate("failing()")
    console.locator("#host-calls tr").nth(1).wait_for()
    console.reload()
    console.locator("#host-calls tr").nth(2).wait_for()
    console.get_by_label("Filter").fill("fail")
    console.locator("#host-calls tr").nth(1).wait_for(state="detached")
    console.get_by_role("button", name="Clear").click()
    console.get_by_text("No connector has been called yet.").wait_for()
