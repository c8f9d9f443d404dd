"""What a git host may cost: too much of anything ends in a report, with nothing applied and nothing left running."""

import asyncio
import socket
import socketserver
import threading
import time
import zlib
from contextlib import contextmanager
from hashlib import sha1

import pytest
import pytest_asyncio

from support.git_server import git, git_host
from support.git_sites import done, git_site, permalinks, registry
from widget_service.registry.git import fetching, unpacking

NAME = "connectors_registry.json"


@pytest.fixture
def host(tmp_path):
    with git_host(tmp_path) as running:
        yield running


@pytest_asyncio.fixture
async def site(tmp_path):
    async with git_site(tmp_path) as running:
        yield running


async def refused(site, url, **wanted):
    """Sync the repository, and return why it was not applied."""
    await done(site, "PUT", "/registries/shop/git", 201, json={"url": url, **wanted})
    began = time.monotonic()
    told = await done(site, "POST", "/registries/shop/sync")
    assert told["state"] == "failed", told
    assert await permalinks(site) == []
    assert time.monotonic() - began < 55, "no longer than a fetch may take"
    return told["report"]["message"]


async def test_a_repository_larger_than_may_be_fetched_is_refused(site, host, monkeypatch):
    monkeypatch.setattr(fetching, "MAX_PACK_BYTES", 20_000)
    noise = "".join(f"{number * 7919 % 65521:x}" for number in range(40_000))
    host.push({NAME: registry("A"), "noise": noise})
    assert "20000 bytes" in (await refused(site, host.url)).replace(",", "")


async def test_more_references_than_may_be_read_are_refused(site, host, monkeypatch):
    monkeypatch.setattr(fetching, "MAX_REFS_BYTES", 500)
    commit = host.push({NAME: registry("A")})
    for number in range(20):
        git(host.root / "shop.git", "update-ref", f"refs/heads/branch-{number}", commit)
    assert "500 bytes" in await refused(site, host.url)


async def test_many_files_and_what_else_is_in_a_tree_costs_nothing_but_its_size(site, host):
    """A thousand files, links out of the repository, and a name as git's own: none is ever written anywhere."""
    files = {f"many/{number}": f"file {number}" for number in range(1000)}
    host.push(
        {NAME: registry("A"), "out": "-> ../../../../etc/passwd", "up": "-> ..", "x.git/config": "[core]", **files}
    )
    await done(site, "PUT", "/registries/shop/git", 201, json={"url": host.url})
    assert (await done(site, "POST", "/registries/shop/sync"))["state"] == "applied"
    assert await permalinks(site) == ["a"]


@pytest.mark.parametrize("folder", [".git", "linked", "part"])
async def test_a_folder_that_is_none_of_the_repository_is_refused(site, host, folder):
    """`.git` is no part of it, a link is not followed, and what a submodule names is not fetched."""
    commit = host.push({NAME: registry("A"), "real/" + NAME: registry("B"), "linked": "-> real"})
    git(host.work, "update-index", "--add", "--cacheinfo", f"160000,{commit},part")
    git(host.work, "commit", "-q", "-m", "a submodule")
    git(host.work, "push", "-q", "-f", str(host.root / "shop.git"), "main")
    assert "folder" in await refused(site, host.url, folder=folder)


@pytest.mark.parametrize(("limit", "most"), [("MAX_MEMORY_BYTES", 300 * 2**20), ("MAX_CPU_S", 1)])
async def test_a_pack_that_unpacks_to_more_than_the_child_may_hold_or_do_is_refused(site, monkeypatch, limit, most):
    """Half a megabyte of pack that would be half a gigabyte of file: the child ends, the service does not notice."""
    monkeypatch.setattr(unpacking, limit, most)
    with answering(advertised(COMMIT), result(bomb(512))) as url:
        assert "cannot be unpacked, or is too large" in await refused(site, url)


async def test_a_child_that_takes_too_long_is_ended_with_the_fetch(site, monkeypatch):
    monkeypatch.setattr(fetching, "TIMEOUT_S", 1.0)
    started = []
    make = asyncio.create_subprocess_exec

    async def slow(*_, **options):
        options.pop("env")
        started.append(await make("sleep", "60", **options))
        return started[0]

    monkeypatch.setattr(unpacking.asyncio, "create_subprocess_exec", slow)
    with answering(advertised(COMMIT), result(bomb(1))) as url:
        assert "within 1 s" in await refused(site, url)
    assert started[0].returncode is not None


@pytest.mark.parametrize("kind", ["silent", "endless", "drop by drop"])
async def test_a_host_that_does_not_come_to_an_end_is_left_in_time(site, monkeypatch, kind):
    monkeypatch.setattr(fetching, "TIMEOUT_S", 1.0)
    monkeypatch.setattr(fetching, "MAX_REFS_BYTES", 2**40)
    with answering(kind) as url:
        assert "within 1 s" in await refused(site, url)


COMMIT = sha1(b"commit", usedforsecurity=False).hexdigest()


def line(content: bytes) -> bytes:
    return f"{len(content) + 4:04x}".encode() + content


def advertised(commit: str) -> bytes:
    refs = line(f"{commit} refs/heads/main\0shallow\n".encode())
    return line(b"# service=git-upload-pack\n") + b"0000" + refs + b"0000"


def result(pack: bytes) -> bytes:
    return line(f"shallow {COMMIT}\n".encode()) + b"0000" + line(b"NAK\n") + pack


def bomb(mebibytes: int) -> bytes:
    """A pack of one blob of so many MiB of zeros."""
    size = mebibytes * 2**20
    head, left = bytearray([0x30 | size & 0x0F]), size >> 4
    while left:
        head[-1] |= 0x80
        head.append(left & 0x7F)
        left >>= 7
    squeezed = zlib.compressobj(9)
    body = b"".join(squeezed.compress(bytes(2**20)) for _ in range(mebibytes)) + squeezed.flush()
    pack = b"PACK\x00\x00\x00\x02\x00\x00\x00\x01" + bytes(head) + body
    return pack + sha1(pack, usedforsecurity=False).digest()


@contextmanager
def answering(*answers):
    """A host that gives these answers in turn: bytes, or how it does not come to an end."""
    given, over = iter(answers), threading.Event()

    class Handler(socketserver.BaseRequestHandler):
        def handle(self):
            received = b""
            while b"\r\n\r\n" not in received:
                received += self.request.recv(65536)
            kind = "advertisement" if received.startswith(b"GET") else "result"
            head = f"HTTP/1.1 200 OK\r\nContent-Type: application/x-git-upload-pack-{kind}\r\nConnection: close\r\n"
            answer = next(given)
            if isinstance(answer, bytes):
                self.request.sendall(f"{head}Content-Length: {len(answer)}\r\n\r\n".encode() + answer)
            elif answer == "silent":
                over.wait(20)
            else:
                self.request.sendall(f"{head}\r\n".encode())
                self.pour(b"0000" * (4096 if answer == "endless" else 1), 0 if answer == "endless" else 0.05)

        def pour(self, chunk, pause_s):
            try:
                while not over.wait(pause_s):
                    self.request.sendall(chunk)
            except OSError:
                pass

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        address_family = socket.AF_INET

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/shop.git"
        finally:
            over.set()
            server.shutdown()
            thread.join(timeout=5)
