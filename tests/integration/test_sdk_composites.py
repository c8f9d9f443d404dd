"""Composites and batches by the SDKs, against the service itself."""

import asyncio
import json
import shutil
import subprocess
from pathlib import Path

import pytest

from support.upstream import Reply, reply_json
from widget_service_sdk import ConnectorExecuteError, ConnectorUpstreamError, WidgetServiceSDK
from widget_service_sdk.sync import WidgetServiceSDK as BlockingSDK

CONNECTORS = [
    {"name": "Get", "permalink": "get", "url": "{upstream}/get"},
    {"name": "Bad", "permalink": "bad", "url": "{upstream}/bad"},
]
COMPOSITES = [
    {
        "name": "Two",
        "permalink": "two",
        "steps": [
            {"name": "first", "url": "{upstream}/first"},
            {"name": "second", "url": "{upstream}/second", "method": "POST"},
        ],
    },
    {"name": "Broken", "permalink": "broken", "steps": [{"name": "only", "url": "{upstream}/bad"}]},
]
EXECUTIONS = [
    {"permalink": "get", "method": "GET", "queryParams": {"q": 1}},
    {"permalink": "bad", "method": "GET"},
    {"permalink": "two", "composite": True, "payload": {"a": 1}},
]
SDK = Path(__file__).parents[2] / "sdk" / "js" / "src" / "index.js"


@pytest.fixture
def bad(service, shared_upstream):
    shared_upstream.replies["/bad"] = Reply(503, b'{"busy": true}')
    shared_upstream.replies["/get"] = reply_json([1, 2])
    return service


def check(results):
    assert [result["ok"] for result in results] == [True, False, True]
    assert results[0]["value"] == [1, 2]
    assert isinstance(results[1]["error"], ConnectorUpstreamError)
    assert (results[1]["error"].status, results[1]["error"].body) == (503, {"busy": True})
    assert (results[2]["value"]["path"], json.loads(results[2]["value"]["body"])) == ("/second", {"a": 1})


def test_the_blocking_sdk(bad):
    with BlockingSDK(base_url=bad.origin) as sdk:
        assert sdk.connectors.composite.execute(permalink="two", payload={"a": 1})["method"] == "POST"
        with pytest.raises(ConnectorExecuteError) as caught:
            sdk.connectors.composite.execute(permalink="broken")
        check(sdk.connectors.execute_all(EXECUTIONS))
    assert (caught.value.code, caught.value.status) == ("STEP_FAILED", 502)
    assert caught.value.scope == "Composite step 'only' (index 0): Downstream (HTTP error)"


async def test_the_asynchronous_sdk(bad):
    async with WidgetServiceSDK(base_url=bad.origin) as sdk:
        value = await sdk.connectors.composite.execute({"permalink": "two", "payload": {"a": 1}})
        assert value["method"] == "POST"
        check(await sdk.connectors.execute_all(EXECUTIONS))
        results = await asyncio.gather(*(sdk.connectors.execute_all(EXECUTIONS) for _ in range(5)))
        for each in results:
            check(each)


@pytest.mark.skipif(shutil.which("node") is None, reason="node is missing: make setup-system")
def test_the_javascript_sdk(bad):
    script = f"""
        import {{ WidgetServiceSDK }} from {json.dumps(SDK.as_uri())};
        const {{ connectors }} = new WidgetServiceSDK({{ baseUrl: {json.dumps(bad.origin)} }});
        const composite = await connectors.composite.execute({{ permalink: "two", payload: {{ a: 1 }} }});
        const failed = await connectors.composite.execute({{ permalink: "broken" }}).catch((error) => error);
        const results = await connectors.executeAll({json.dumps(EXECUTIONS)});
        const told = results.map(({{ ok, value, error }}) => (ok ? value : `${{error.name}} ${{error.status}}`));
        console.log(JSON.stringify({{ method: composite.method, failed: [failed.code, failed.scope], told }}));
    """
    told = subprocess.run(["node", "--input-type=module", "-e", script], capture_output=True, text=True, timeout=60)
    assert told.returncode == 0, told.stderr
    value = json.loads(told.stdout)
    assert value["method"] == "POST"
    assert value["failed"] == ["STEP_FAILED", "Composite step 'only' (index 0): Downstream (HTTP error)"]
    assert (value["told"][:2], value["told"][2]["path"]) == ([[1, 2], "ConnectorUpstreamError 503"], "/second")
