"""Two replicas of the image behind the balancer's very configuration, as `compose.yaml` starts them."""

import json
import os
import re
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx2
import pytest
import yaml

from support import container
from support.container import Container, Image
from support.haproxy import balancing
from support.processes import free_port
from support.redis_server import redis_server
from support.waiting import wait_until

ROOT = Path(__file__).parents[2]
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())
CALL = "/widget-service/connectors/plants/execute"
KEY = "k3y-of-the-destination"


@dataclass
class Replica:
    """One replica: the settings that `compose.yaml` gives it, but for what loopback makes necessary."""

    name: str
    image: Image
    folder: Path
    data: Path
    cache_url: str
    port: int

    @property
    def env(self) -> dict[str, str]:
        given = {
            name: re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", value)
            for name, value in COMPOSE["services"][self.name]["environment"].items()
        }
        own = {
            "WIDGET_SERVICE_CACHE_URL": self.cache_url,
            "WIDGET_SERVICE_TRUSTED_PROXIES": "127.0.0.1/32",
            "WIDGET_SERVICE_PORT": str(self.port),
            "WIDGET_SERVICE_ADMIN_PORT": "0",
            "WIDGET_SERVICE_ALLOW_INSECURE_UPSTREAMS": "true",
        }
        return {**given, **own}

    @property
    def mounts(self) -> dict[Path, str]:
        return {self.folder / "secrets" / name: f"/run/secrets/{name}" for name in ("master_key", "database_url")}

    def run(self, *arguments: str, input: str = "", mounts: dict[Path, str] | None = None) -> str:
        command = self.image.command(self.data, *arguments, env=self.env, mounts={**self.mounts, **(mounts or {})})
        return subprocess.run(command, check=True, capture_output=True, text=True, input=input).stdout

    @contextmanager
    def serving(self) -> Iterator[Container]:
        log = self.folder / f"{self.name}.log"
        with container.running(self.image, self.data, log, port=self.port, env=self.env, mounts=self.mounts) as running:
            yield running


@pytest.fixture
def replicas(image, tmp_path, upstream) -> Iterator[list[Replica]]:
    """Two replicas over one database, set up by their own commands, with one connector; nothing runs yet."""
    (tmp_path / "redis").mkdir()
    data = image.data(f"shared-{tmp_path.name}")
    subprocess.run(["sh", ROOT / "deploy/compose/prepare.sh", tmp_path / "secrets", str(image.user)], check=True)
    url = tmp_path / "secrets/database_url"
    url.write_text("sqlite:////data/widget-service.db")
    os.chown(tmp_path / "secrets/master_key", image.user, image.user)
    repository = tmp_path / "repository"
    repository.mkdir()
    connector = {
        "name": "Plants",
        "permalink": "plants",
        "url": f"{upstream.origin}/v1/plants",
        "headers": [{"key": "X-Key", "value": "{{ get_secret('api_key') }}", "overridable": False}],
    }
    (repository / "connectors_registry.json").write_text(json.dumps({"connectors": [connector]}))
    with redis_server(tmp_path / "redis") as redis:
        cache_url = f"redis://127.0.0.1:{redis.port}"
        both = [Replica(f"replica-{n}", image, tmp_path, data, cache_url, free_port()) for n in (1, 2)]
        both[0].run("init")
        both[0].run("secrets", "set", "api_key", input=KEY)
        both[0].run("apply", "/repository", mounts={repository: "/repository"})
        yield both


@contextmanager
def calling(port: int) -> Iterator[list[int]]:
    """Call one after the other by one connection a caller while the block runs; yield the statuses so far."""
    statuses: list[int] = []
    over = threading.Event()

    def call() -> None:
        with httpx2.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=20) as client:
            while not over.is_set():
                try:
                    statuses.append(client.get(CALL).status_code)
                except httpx2.TransportError:  # its answer had begun
                    statuses.append(0)

    threads = [threading.Thread(target=call) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        yield statuses
    finally:
        over.set()
        for thread in threads:
            thread.join()


def test_callers_notice_nothing_of_a_replica_that_ends_and_comes_back(replicas, tmp_path, upstream):
    first, second = replicas
    with ExitStack() as stack:
        running = stack.enter_context(first.serving())
        stack.enter_context(second.serving())
        port = stack.enter_context(balancing(tmp_path, [first.port, second.port]))
        statuses = stack.enter_context(calling(port))
        wait_until(lambda: len(statuses) > 50)
        assert running.stop() == 0
        count = len(statuses)
        wait_until(lambda: len(statuses) > count + 50)
        stack.enter_context(first.serving())
        count = len(statuses)
        wait_until(lambda: len(statuses) > count + 50)
        assert set(statuses) == {200}
    assert {request.headers["x-key"] for request in upstream.received} == {KEY}


def test_a_replica_that_is_killed_costs_at_most_what_it_had_begun(replicas, tmp_path, upstream):
    first, second = replicas
    with ExitStack() as stack:
        running = stack.enter_context(first.serving())
        stack.enter_context(second.serving())
        port = stack.enter_context(balancing(tmp_path, [first.port, second.port]))
        statuses = stack.enter_context(calling(port))
        wait_until(lambda: len(statuses) > 50)
        running.kill()
        count = len(statuses)
        wait_until(lambda: len(statuses) > count + 200)
        assert sum(status != 200 for status in statuses) <= 4, "one of each caller"
        assert set(statuses[-100:]) == {200}


def test_the_outside_sees_neither_measurements_nor_readiness(replicas, tmp_path):
    first, second = replicas
    with first.serving(), balancing(tmp_path, [first.port, second.port]) as port:
        origin = f"http://127.0.0.1:{port}"
        wait_until(lambda: httpx2.get(f"{origin}/healthz", trust_env=False).status_code == 200)
        for path in ("/metrics", "/readyz"):
            assert httpx2.get(origin + path, trust_env=False).status_code == 404


@contextmanager
def listener() -> Iterator[tuple[int, list[dict[str, str]]]]:
    """A replica that is always ready, and remembers the headers of calls."""
    received: list[dict[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            if self.path != "/readyz":
                received.append({name.lower(): value for name, value in self.headers.items()})
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server.server_address[1], received
        finally:
            server.shutdown()
            thread.join()


SAID = {"X-Forwarded-For": "192.0.2.1", "X-Forwarded-Proto": "https", "Forwarded": "for=192.0.2.1;proto=https"}


def test_nobody_says_who_they_are_but_the_balancer(tmp_path):
    with listener() as (replica, received), balancing(tmp_path, [replica, replica]) as port:
        origin = f"http://127.0.0.1:{port}"
        wait_until(lambda: httpx2.get(origin, headers=SAID, trust_env=False).status_code == 200)
        told = received[-1]
        assert (told["x-forwarded-for"], told["x-forwarded-proto"]) == ("127.0.0.1", "http")
        assert "forwarded" not in told
        assert told["host"] == f"127.0.0.1:{port}"


def test_tls_is_one_more_file(tmp_path):
    certificate = tmp_path / "tls.pem"
    made = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    made += ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    made += ["-keyout", str(certificate), "-out", str(tmp_path / "chain.pem")]
    subprocess.run(made, check=True, capture_output=True)
    certificate.write_text((tmp_path / "chain.pem").read_text() + certificate.read_text())
    trusted = ssl.create_default_context(cafile=str(tmp_path / "chain.pem"))
    env = {"HTTPS_PORT": str(free_port()), "CERTIFICATE": str(certificate)}
    with listener() as (replica, received), balancing(tmp_path, [replica, replica], "tls.cfg", env=env):
        with httpx2.Client(verify=trusted, trust_env=False) as client:
            origin = f"https://localhost:{env['HTTPS_PORT']}"
            wait_until(lambda: client.get(origin, headers=SAID).status_code == 200)
            answer = client.get(origin, headers=SAID)
            assert client.get(f"{origin}/metrics").status_code == 404
        assert received[-1]["x-forwarded-proto"] == "https"
        assert answer.headers["strict-transport-security"] == "max-age=31536000"
