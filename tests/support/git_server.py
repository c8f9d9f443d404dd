"""Repositories of git, and a real server of them on loopback: ``git http-backend`` behind a small HTTP server."""

import base64
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

_OWN = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "test",
    "GIT_AUTHOR_EMAIL": "test@example.com",
    "GIT_COMMITTER_NAME": "test",
    "GIT_COMMITTER_EMAIL": "test@example.com",
}


def git(folder: Path, *arguments: str) -> str:
    """Run a command of git in a folder."""
    env = {**os.environ, **_OWN, "HOME": str(folder)}
    done = subprocess.run(["git", *arguments], cwd=folder, env=env, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@dataclass
class GitHost:
    """A host of one repository, ``shop.git``; ``password`` is asked for where there is one."""

    root: Path
    work: Path
    origin: str = ""
    password: str = ""
    asked: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"{self.origin}/shop.git"

    def push(self, files: dict[str, str], branch: str = "main") -> str:
        """Commit files, all that there are, and return the commit."""
        git(self.work, "checkout", "-q", "-B", branch)
        for old in self.work.iterdir():
            if old.name != ".git":
                shutil.rmtree(old) if old.is_dir() and not old.is_symlink() else old.unlink()
        for name, text in files.items():
            file = self.work / name
            file.parent.mkdir(parents=True, exist_ok=True)
            if text.startswith("-> "):
                file.symlink_to(text.removeprefix("-> "))
            else:
                file.write_text(text)
        git(self.work, "add", "-A")
        git(self.work, "commit", "-q", "--allow-empty", "-m", "change")
        git(self.work, "push", "-q", "-f", str(self.root / "shop.git"), branch)
        return git(self.work, "rev-parse", "HEAD")


@contextmanager
def git_host(folder: Path) -> Iterator[GitHost]:
    """Serve a repository while the block runs."""
    if shutil.which("git") is None:
        pytest.skip("git is not there: apt-get install git")
    root, work = folder / "repositories", folder / "work"
    root.mkdir()
    work.mkdir()
    git(root, "init", "-q", "--bare", "shop.git")
    git(work, "init", "-q")
    host = GitHost(root, work)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(host))
    host.origin = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield host
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)


def _handler(host: GitHost) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(b"")

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers.get("Content-Length", 0))))

        def _answer(self, body: bytes) -> None:
            host.asked.append(f"{self.command} {self.path}")
            given = base64.b64decode(self.headers.get("Authorization", "Basic ").split(" ")[1]).decode()
            if host.password and given.partition(":")[2] != host.password:
                self.send_response(401)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            path, _, query = self.path.partition("?")
            env = {
                **os.environ,
                **_OWN,
                "GIT_PROJECT_ROOT": str(host.root),
                "GIT_HTTP_EXPORT_ALL": "1",
                "PATH_INFO": path,
                "QUERY_STRING": query,
                "REQUEST_METHOD": self.command,
                "CONTENT_TYPE": self.headers.get("Content-Type", ""),
                "CONTENT_LENGTH": str(len(body)),
            }
            done = subprocess.run(["git", "http-backend"], input=body, env=env, capture_output=True, check=False)
            head, _, content = done.stdout.partition(b"\r\n\r\n")
            headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line)
            self.send_response(int(headers.pop("Status", "200").split(" ")[0]))
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    return Handler
