"""The five failures that the SDK's reference names, each produced for real, seen through every SDK."""

import asyncio
import json
import re
import shutil
import socket
import subprocess
import threading
from pathlib import Path

import pytest

import widget_service_sdk
import widget_service_sdk.sync
from integration.conftest import KEY
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
    assert message.startswith(f'connector "plants" failed: {origin} cannot be reached')
    assert "is it running there? check base" in message


def break_off(listener: socket.socket) -> None:
    """Takes one request, answers the beginning of what it promises, and hangs up."""
    connection, _ = listener.accept()
    with connection:
        while not connection.recv(65_536).endswith(b"\r\n\r\n"):
            pass
        connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"a"')


def test_the_answer_breaks_off(call):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(20)
        origin = f"http://127.0.0.1:{listener.getsockname()[1]}"
        server = threading.Thread(target=break_off, args=(listener,))
        server.start()
        kind, message = call(origin, "plants", 5000)
        server.join()
    assert kind == "ConnectorNetworkError"
    assert message.startswith(f'connector "plants" failed: the answer from {origin} broke off')
    assert message.endswith("; call again if that is safe")


def test_the_destination_is_slower_than_the_timeout(call, service, shared_upstream):
    over = threading.Event()
    shared_upstream.replies["/plants"] = Reply(before=lambda: over.wait(20))
    try:
        kind, message = call(service.origin, "plants", 400)
    finally:
        over.set()
    assert kind == "ConnectorTimeoutError"
    assert message == (
        f'connector "plants" failed: no complete answer from {service.origin} within 400 ms (timeout); '
        "raise timeout, or see X-Connector-Timing for what is slow"
    )


def test_an_unknown_permalink(call, service):
    kind, message = call(service.origin, "no-such-plants", 5000)
    assert kind == "ConnectorNotFoundError"
    assert message.startswith('connector "no-such-plants" failed: There is no connector ')
    assert "check the permalink in the registry" in message
    assert "CONNECTOR_NOT_FOUND, status 404, request " in message


def test_the_destination_refuses_the_credentials(call, service, shared_upstream):
    shared_upstream.replies["/plants"] = reply_json({"message": f"bad key {KEY}"}, 401)
    kind, message = call(service.origin, "plants", 5000)
    assert kind == "ConnectorAuthenticationError"
    assert message.startswith(
        'connector "plants" failed: the destination refuses the credentials; '
        "renew the secret that authentication reads (status 401, request "
    )
    assert KEY not in message


def test_the_destination_fails(call, service, shared_upstream):
    shared_upstream.replies["/plants"] = reply_json({"message": f"no quota for {KEY}"}, 500)
    kind, message = call(service.origin, "plants", 5000)
    assert kind == "ConnectorUpstreamError"
    assert message.startswith(
        'connector "plants" failed: the destination answered 500; error.body has its answer (status 500, request '
    )
    assert KEY not in message


def test_the_destination_fails_without_json(call, service, shared_upstream):
    shared_upstream.replies["/plants"] = Reply(502, b"<h1>Oops</h1>", {"Content-Type": "text/html"})
    kind, message = call(service.origin, "plants", 5000)
    assert kind == "ConnectorUpstreamError"
    assert re.search(r"the destination answered 502; execute_?[rR]aw reads it \(", message)


def test_the_destination_offers_choices(call, service, shared_upstream):
    """A status below 400 that the service passes on is the destination's, and no fault of the base URL."""
    shared_upstream.replies["/plants"] = reply_json(["/a", "/b"], 300)
    kind, message = call(service.origin, "plants", 5000)
    assert kind == "ConnectorUpstreamError"
    assert "the destination answered 300; error.body has its answer" in message
    assert "base" not in message


def test_the_destination_cannot_be_reached(call, tmp_path):
    from support.service import serving, write_registry

    write_registry(tmp_path, [{"name": "Plants", "url": f"http://127.0.0.1:{free_port()}/plants"}])
    with serving(tmp_path) as service:
        kind, message = call(service.origin, "plants", 5000)
    assert kind == "ConnectorUpstreamError"
    assert "UPSTREAM_UNREACHABLE" in message


@pytest.mark.parametrize(
    ("reply", "code", "says"),
    [
        (reply_json({"error": "invalid_client"}, 401), "OAUTH_TOKEN_ERROR", "answered 401: invalid_client"),
        (None, "OAUTH_TOKEN_ERROR", "does not accept connections"),
        ("no key", "JWT_SIGNING_ERROR", "The key is no PEM"),
    ],
)
def test_signing_in_fails(call, tmp_path, upstream, reply, code, says):
    from support.service import serving, write_dev_config, write_registry

    type_, config = "oauth_client_credentials", {"client_secret": "{{ get_secret('api_key') }}"}
    if reply == "no key":
        type_, config = "oauth_jwt_bearer", {"private_key": "{{ get_secret('api_key') }}"}
        config |= {"subject": "s", "audience": "a"}
    else:
        upstream.replies["/token"] = reply
    origin = f"http://127.0.0.1:{free_port()}" if reply is None else upstream.origin
    signed_in = {"type": type_, "config": config | {"client_id": "me", "token_url": f"{origin}/token"}}
    write_registry(tmp_path, [{"name": "Plants", "url": f"{upstream.origin}/plants", "authentication": signed_in}])
    write_dev_config(tmp_path, f'[secrets]\napi_key = "{KEY}"\n')
    with serving(tmp_path) as service:
        kind, message = call(service.origin, "plants", 5000)
    assert kind == "ConnectorAuthenticationError"
    assert code in message
    assert says in message
    assert "Authentication (" in message
    assert KEY not in message
    assert not any(received.path == "/plants" for received in upstream.received)
