"""The five failures that the SDK's reference names, each produced for real, seen through every SDK."""

import asyncio
import json
import shutil
import subprocess
import threading
from pathlib import Path

import pytest

import widget_service_sdk
import widget_service_sdk.sync
from support.processes import free_port
from support.upstream import Reply, reply_json

SDK_FILE = Path(__file__).parents[2] / "service/src/widget_service/widgets/static/widget-sdk/index.js"

CONNECTORS = [
    {
        "name": "Plants",
        "url": "{upstream}/plants",
        "authentication": {
            "type": "api_key",
            "config": {"key": "X-Api-Key", "value": "{{ get_secret('api_key') }}", "in": "header"},
        },
    }
]

SCRIPT = """
import { pathToFileURL } from "node:url";
const [file, baseUrl, permalink, timeout] = process.argv.slice(2);
const { WidgetServiceSDK } = await import(pathToFileURL(file));
const sdk = new WidgetServiceSDK({ baseUrl, timeout: Number(timeout) });
try {
  const value = await sdk.connectors.execute({ permalink, method: "GET" });
  console.log(JSON.stringify({ value }));
} catch (error) {
  console.log(JSON.stringify({ error: error.name, message: error.message }));
}
"""


def call_async(origin: str, permalink: str, timeout: int) -> tuple[str, str]:
    async def call() -> tuple[str, str]:
        async with widget_service_sdk.WidgetServiceSDK(base_url=origin, timeout=timeout) as sdk:
            try:
                await sdk.connectors.execute(permalink=permalink, method="GET")
            except widget_service_sdk.ConnectorError as error:
                return type(error).__name__, str(error)
        raise AssertionError("the call succeeded")

    return asyncio.run(call())


def call_blocking(origin: str, permalink: str, timeout: int) -> tuple[str, str]:
    with widget_service_sdk.sync.WidgetServiceSDK(base_url=origin, timeout=timeout) as sdk:
        try:
            sdk.connectors.execute(permalink=permalink, method="GET")
        except widget_service_sdk.ConnectorError as error:
            return type(error).__name__, str(error)
    raise AssertionError("the call succeeded")


def call_javascript(origin: str, permalink: str, timeout: int) -> tuple[str, str]:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not there; install it with: make setup-system")
    done = subprocess.run(
        [node, "--input-type=module", "-", str(SDK_FILE), origin, permalink, str(timeout)],
        input=SCRIPT,
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    answer = json.loads(done.stdout)
    return answer["error"], answer["message"]


@pytest.fixture(params=[call_async, call_blocking, call_javascript], ids=["async", "blocking", "javascript"])
def call(request):
    return request.param


def test_the_service_is_down(call):
    origin = f"http://127.0.0.1:{free_port()}"
    kind, message = call(origin, "plants", 5000)
    assert kind == "ConnectorNetworkError"
    assert "plants" in message
    assert origin in message


def test_the_destination_is_slower_than_the_timeout(call, service, shared_upstream):
    over = threading.Event()
    shared_upstream.replies["/plants"] = Reply(before=lambda: over.wait(20))
    try:
        kind, message = call(service.origin, "plants", 400)
    finally:
        over.set()
    assert kind == "ConnectorTimeoutError"
    assert "400" in message


def test_an_unknown_permalink(call, service):
    kind, message = call(service.origin, "no-such-plants", 5000)
    assert kind == "ConnectorNotFoundError"
    assert "no-such-plants" in message


def test_the_destination_refuses_the_credentials(call, service, shared_upstream):
    shared_upstream.replies["/plants"] = reply_json({"message": "bad key"}, 401)
    kind, message = call(service.origin, "plants", 5000)
    assert kind == "ConnectorAuthenticationError"
    assert "401" in message


def test_the_destination_fails(call, service, shared_upstream):
    shared_upstream.replies["/plants"] = reply_json({"message": "boom"}, 500)
    kind, message = call(service.origin, "plants", 5000)
    assert kind == "ConnectorUpstreamError"
    assert "500" in message


def test_the_destination_cannot_be_reached(call, tmp_path):
    from support.service import serving, write_registry

    write_registry(tmp_path, [{"name": "Plants", "url": f"http://127.0.0.1:{free_port()}/plants"}])
    with serving(tmp_path) as service:
        kind, message = call(service.origin, "plants", 5000)
    assert kind == "ConnectorUpstreamError"
    assert "UPSTREAM_UNREACHABLE" in message
