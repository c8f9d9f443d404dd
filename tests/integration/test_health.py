"""``widget-service health``, by which container platforms ask: it tells the truth about who answers, and how."""

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from support.commands import Commands


@contextmanager
def answering(status: int):
    """Something that answers this to every request."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(self.path.encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield {"WIDGET_SERVICE_PORT": str(server.server_address[1])}
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_who_answers_well_is_alive(tmp_path, host):
    with answering(200) as env:
        alive = Commands(tmp_path).run("health", env={**env, "WIDGET_SERVICE_HOST": host})
        ready = Commands(tmp_path).run("health", "--ready", env={**env, "WIDGET_SERVICE_HOST": host})
    assert (alive.exit_code, alive.stdout) == (0, "/healthz\n")
    assert (ready.exit_code, ready.stdout) == (0, "/readyz\n")


def test_who_answers_otherwise_is_not(tmp_path):
    with answering(503) as env:
        result = Commands(tmp_path).run("health", "--ready", env=env)
    assert result.exit_code == 1
    assert f"127.0.0.1:{env['WIDGET_SERVICE_PORT']}/readyz answers 503: /readyz" in result.stderr


def test_nobody_there_is_said_in_words(tmp_path):
    result = Commands(tmp_path).run("health")
    assert result.exit_code == 1
    assert "does not answer: " in result.stderr
