"""A widget written in Python: Pyodide in a real browser, our SDK as its only package."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from support.service import serving, write_dev_config, write_registry
from support.upstream import reply_json

ROOT = Path(__file__).parents[2]
PYODIDE = ROOT / "node_modules" / "pyodide"
MEDIA_TYPES = {
    ".mjs": "text/javascript",
    ".js": "text/javascript",
    ".wasm": "application/wasm",
    ".json": "application/json",
}

FRAGMENT = """
<p id="greeting">Loading Python…</p>
<script type="module">
  import { loadPyodide } from "/pyodide/pyodide.mjs";

  const PROGRAM = `
from widget_service_sdk import ConnectorNotFoundError, WidgetServiceSDK

async with WidgetServiceSDK() as sdk:
    plants = await sdk.connectors.execute(permalink="plants", method="GET", query_params={"q": "fern"})
    try:
        await sdk.connectors.execute({"permalink": "nobody", "method": "GET"})
        missing = "found"
    except ConnectorNotFoundError:
        missing = "not found"
root.getElementById("greeting").textContent = f"{plants['name']} from Python; nobody was {missing}"
`;

  export async function init(sdk) {
    const pyodide = await loadPyodide({ indexURL: "/pyodide/" });
    await pyodide.loadPackage("/pyodide/WHEEL");
    pyodide.globals.set("root", sdk.root);
    await pyodide.runPythonAsync(PROGRAM);
  }
</script>
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """The SDK's wheel, built from the sources."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)],
        cwd=ROOT / "sdk" / "python",
        check=True,
        capture_output=True,
    )
    return next(folder.glob("*.whl"))


@pytest.fixture
def service(tmp_path, upstream, wheel):
    folder = tmp_path / "widgets" / "python" / "dist"
    folder.mkdir(parents=True)
    (folder / "content.html").write_text(FRAGMENT.replace("WHEEL", wheel.name))
    widget = {"title": "Python", "type": "python_widget", "category": "Demo"}
    source = {"path": "widgets/python/dist", "entry": "content.html"}
    (tmp_path / "extensions_registry.json").write_text(json.dumps({"widgets": [{**widget, "source": source}]}))
    query = [{"key": "u", "value": "{{ user.id }}"}]
    write_registry(tmp_path, [{"name": "Plants", "url": f"{upstream.origin}/plants", "query_parameters": query}])
    write_dev_config(tmp_path, '[[users]]\nid = "u-1"\n')
    upstream.replies["/plants"] = reply_json({"name": "Fern"})
    with serving(tmp_path) as running:
        yield running


def test_a_widget_in_python_executes_a_connector_by_the_token_of_the_page(service, upstream, wheel, page):
    if not PYODIDE.is_dir():
        pytest.skip("Pyodide is not there; install it with: make setup-system setup-dev")

    def from_npm(route) -> None:
        name = route.request.url.rpartition("/")[2]
        file = wheel if name == wheel.name else PYODIDE / name
        route.fulfill(path=file, content_type=MEDIA_TYPES.get(file.suffix, "application/octet-stream"))

    page.route("**/pyodide/**", from_npm)
    page.goto(f"{service.origin}/preview/")
    page.get_by_label("User").select_option("u-1")
    greeting = page.locator("gs-cc-registry-widget #greeting")
    greeting.filter(has_text="Fern from Python").wait_for(timeout=60_000)
    assert greeting.inner_text() == "Fern from Python; nobody was not found"
    assert [(r.path, r.query) for r in upstream.received][-1] == ("/plants", [("u", "u-1"), ("q", "fern")])
