"""Refresh tokens that the server replaces: written back to the secret, used once, and never lost without a word."""

import asyncio
import contextlib
import json
import sqlite3
import time

import pytest

from support.memory_store import MemoryStore
from support.token_grants import refresh_token
from widget_service.authentication.tokens import rotation
from widget_service.authentication.tokens.answer import Answer
from widget_service.authentication.tokens.fetching import Fetcher
from widget_service.authentication.tokens.service import Tokens
from widget_service.authentication.tokens.shared import Rotation, StoreUnavailable
from widget_service.authentication.tokens.token import Token
from widget_service.control import tenants, token_store, values
from widget_service.control.plane import control_plane
from widget_service.control.snapshots import SnapshotSource
from widget_service.control.token_store import DatabaseTokens
from widget_service.settings import load_settings
from widget_service.storage import revisions
from widget_service.storage.errors import DatabaseLocked
from widget_service.vault import create_master_key_file

ORIGIN = "https://auth.example.com"


class Server:
    """An authorization server that takes each refresh token once, and ends everything when one comes again."""

    def __init__(self, first: str = "r3fresh-0") -> None:
        self.valid, self.used = first, []
        self.is_strict = True

    async def ask(self, request) -> Answer:
        given = dict(request.form)["refresh_token"]
        await asyncio.sleep(0)
        if given != self.valid and self.is_strict:
            self.valid = ""
            return Answer(400, {}, b'{"error": "invalid_grant"}')
        self.used.append(given)
        number = len(self.used)
        self.valid = f"r3fresh-{number}"
        answer = {"access_token": f"t{number}", "refresh_token": self.valid, "expires_in": 100}
        return Answer(200, {}, json.dumps(answer).encode())


class Process:
    """The tokens of one process, and the clock of all."""

    clock = 0.0

    def __init__(self, server, store=None, **options) -> None:
        fetcher = Fetcher(server.ask, shared=store, rotating=store, now=lambda: Process.clock, **options)
        self.tokens = Tokens(fetcher, now=lambda: Process.clock, monotonic=lambda: Process.clock)

    async def value(self, grant) -> str:
        until = asyncio.get_running_loop().time() + 10
        return (await self.tokens.obtain(grant, until=until)).token.value


@pytest.fixture(autouse=True)
def clock():
    Process.clock = time.time()


@pytest.fixture
def plane(tmp_path):
    settings = load_settings(defaults={"data_dir": tmp_path / "data"})
    create_master_key_file(settings.effective_master_key_file)
    with control_plane(settings, create=True) as plane:
        tenants.add_tenant(plane, "default", actor="test")
        values.set_secret(plane, "default", "refresh", "r3fresh-0", actor="anna", origins=[ORIGIN])
        yield plane


def stored(plane) -> str:
    return SnapshotSource(plane, "default").read().secrets["refresh"]


def of_snapshot(plane):
    return refresh_token(secrets={"refresh": stored(plane)})


async def test_a_rotated_token_is_written_back_to_the_secret_in_one_change(plane):
    server = Server()
    process = Process(server, DatabaseTokens(plane))
    assert await process.value(of_snapshot(plane)) == "t1"
    assert stored(plane) == "r3fresh-1"
    snapshot = SnapshotSource(plane, "default").read()
    assert snapshot.secret_origins == {"refresh": frozenset({ORIGIN})}
    with plane.database.read() as read:
        last = revisions.history(read, limit=1)[0]
    assert (last.actor, last.action, last.summary["version"]) == ("service", "secret.rotate", 2)
    assert "r3fresh" not in str(last)


async def test_a_refresh_token_and_its_access_token_are_kept_together_or_not_at_all(plane, monkeypatch):
    store, grant = DatabaseTokens(plane), of_snapshot(plane)
    rotation = Rotation(
        tenant_id="default",
        secret="refresh",
        replaces=frozenset({"r3fresh-0"}),
        value="r3fresh-1",
        tokens={grant.key: Token("t1", Process.clock, Process.clock + 100)},
    )

    def broken(*_):
        raise DatabaseLocked("locked")

    with monkeypatch.context() as patched:
        patched.setattr(token_store.tokens, "put", broken)
        with pytest.raises(StoreUnavailable):
            await store.rotate(rotation)
    assert (stored(plane), await store.get(grant.key)) == ("r3fresh-0", None)
    assert await store.rotate(rotation)
    assert (stored(plane), (await store.get(grant.key)).value) == ("r3fresh-1", "t1")


async def test_old_and_new_snapshots_share_the_token(plane):
    server, store = Server(), DatabaseTokens(plane)
    process = Process(server, store)
    old = of_snapshot(plane)
    assert await process.value(old) == "t1"
    new = of_snapshot(plane)
    assert old.key != new.key  # nobody has said yet that one replaces the other
    assert [await process.value(grant) for grant in (old, new)] == ["t1", "t1"]
    other = Process(server, store)  # another process finds both in the database
    assert [await other.value(grant) for grant in (new, old)] == ["t1", "t1"]
    assert server.used == ["r3fresh-0"]


async def test_processes_with_old_snapshots_never_use_a_refresh_token_twice(plane):
    server, store = Server(), DatabaseTokens(plane)
    old, processes = of_snapshot(plane), [Process(server, store) for _ in range(3)]
    for round_ in range(1, 4):
        got = await asyncio.gather(*(process.value(old) for process in processes * 5))
        assert set(got) == {f"t{round_}"}
        Process.clock += 101
    assert server.used == ["r3fresh-0", "r3fresh-1", "r3fresh-2"]
    assert stored(plane) == "r3fresh-3"


SCOPES = ("read", "write", "")


async def test_a_locked_database_never_makes_two_processes_use_one_refresh_token(plane):
    """They wait for it, however long, and the calls of that time have no token; then one asks for both."""
    server, store = Server(), DatabaseTokens(plane, wait_s=0.05)
    old, processes = of_snapshot(plane), [Process(server, store) for _ in range(2)]
    locked = sqlite3.connect(plane.settings.data_dir / "widget-service.db", isolation_level=None)
    with contextlib.closing(locked):
        locked.execute("BEGIN IMMEDIATE")
        waiting = [asyncio.create_task(process.value(old)) for process in processes]
        done, _ = await asyncio.wait(waiting, timeout=0.5)
        assert (len(done), server.used) == (0, [])
    assert await asyncio.gather(*waiting) == ["t1", "t1"]
    assert server.used == ["r3fresh-0"]


async def test_a_lock_that_begins_while_a_token_is_given_loses_no_refresh_token(plane):
    """Its lease has ended when the lock does: whoever comes next lets it keep the new refresh token first."""
    server, store, lock = Server(), DatabaseTokens(plane, wait_s=0.8), asyncio.Event()
    old, ask = of_snapshot(plane), server.ask
    first, second = (Process(server, store, lease_s=0.1) for _ in range(2))
    locked = sqlite3.connect(plane.settings.data_dir / "widget-service.db", isolation_level=None)

    async def ask_and_lock(request):
        locked.execute("BEGIN IMMEDIATE")
        lock.set()
        return await ask(request)

    first.tokens._fetcher._ask = ask_and_lock
    with contextlib.closing(locked):
        asked = asyncio.create_task(first.value(old))
        await lock.wait()
        waiting = asyncio.create_task(second.value(old))
        await asyncio.wait({waiting}, timeout=1.2)
        assert not waiting.done()
    assert (await asked, await waiting) == ("t1", "t1")
    assert (server.used, stored(plane)) == (["r3fresh-0"], "r3fresh-1")
    for process in (first, second):
        await process.tokens.aclose()


async def test_what_asks_for_different_scopes_never_uses_a_refresh_token_twice(plane):
    """Not at once in one process or several, and not with snapshots of any age; each scope keeps its access token."""
    server, store = Server(), DatabaseTokens(plane)
    processes = [Process(server, store) for _ in range(2)]
    for round_ in range(3):
        for secrets in ({"refresh": "r3fresh-0"}, {"refresh": stored(plane)}):
            grants = [refresh_token(scope=scope, secrets=secrets) for scope in SCOPES]
            got = await asyncio.gather(*(process.value(grant) for process in processes for grant in grants * 3))
            assert len(set(got)) == len(SCOPES)
        assert len(server.used) == len(SCOPES) * (round_ + 1)
        Process.clock += 101
    assert server.used == [f"r3fresh-{number}" for number in range(len(server.used))]


@pytest.mark.parametrize("template", ["{{ get_secret('refresh') }}", "r3fresh-0"])
async def test_scopes_take_turns_without_a_database(template):
    server = Server()
    process = Process(server)
    grants = [refresh_token(scope=scope, refresh_token=template) for scope in SCOPES]
    for _ in range(3):
        for _ in range(2):
            await asyncio.gather(*(process.value(grant) for grant in grants * 3))
        Process.clock += 101
    assert server.used == [f"r3fresh-{number}" for number in range(9)]


async def test_a_limit_that_strikes_during_the_writing_loses_nothing():
    server, store = Server(), MemoryStore()
    process = Process(server, store)
    process.tokens._limit_s = 0.1
    store.gate = asyncio.Event()
    waiting = asyncio.create_task(process.value(refresh_token()))
    done, _ = await asyncio.wait({waiting}, timeout=0.3)
    assert not done
    assert await process.value(refresh_token()) == "t1"  # in memory before it is kept anywhere
    store.gate.set()
    assert await waiting == "t1"
    assert store.secret == "r3fresh-1"
    assert not store.leases


async def test_an_end_tries_once_more_to_keep_what_is_not_kept(capsys):
    server, store = Server(), MemoryStore()
    process = Process(server, store)
    store.is_down = True
    assert await process.value(refresh_token()) == "t1"
    store.is_down = False
    await process.tokens.aclose()
    assert store.secret == "r3fresh-1"
    assert "tokens.rotation.lost" not in capsys.readouterr().out


async def test_an_end_does_not_wait_for_ever(capsys, monkeypatch):
    monkeypatch.setattr(rotation, "LAST_ATTEMPT_S", 0.1)
    server, store = Server(), MemoryStore()
    process = Process(server, store)
    store.is_down = True
    assert await process.value(refresh_token()) == "t1"
    store.gate = asyncio.Event()
    await asyncio.wait_for(process.tokens.aclose(), 5)
    assert "tokens.rotation.lost" in capsys.readouterr().out


async def test_a_later_rotation_replaces_whatever_an_earlier_one_did():
    """The secret holds the first still, when the second rotation is the one that is kept."""
    server, store = Server(), MemoryStore()
    process = Process(server, store)
    store.is_down = True
    for number in (1, 2):
        assert await process.value(refresh_token(scope=str(number))) == f"t{number}"
    store.is_down = False
    await process.tokens.aclose()
    assert store.secret == "r3fresh-2"
    other = Process(server, store)
    assert [await other.value(refresh_token(scope=scope)) for scope in ("1", "2")] == ["t1", "t2"]


async def test_what_an_admin_has_set_meanwhile_stays(plane):
    class Overtaken(Server):
        async def ask(self, request):
            answer = await super().ask(request)
            await asyncio.to_thread(values.set_secret, plane, "default", "refresh", "admins-own", actor="anna")
            return answer

    assert await Process(Overtaken(), DatabaseTokens(plane)).value(of_snapshot(plane)) == "t1"
    assert stored(plane) == "admins-own"


async def test_another_s_refresh_token_gets_another_token(plane):
    server = Server()
    server.is_strict = False
    process = Process(server, DatabaseTokens(plane))
    assert await process.value(of_snapshot(plane)) == "t1"
    values.set_secret(plane, "default", "refresh", "another-account", actor="anna")
    assert await process.value(of_snapshot(plane)) == "t2"
    assert server.used == ["r3fresh-0", "another-account"]


async def test_a_rotation_that_cannot_be_kept_is_used_and_kept_later(plane, monkeypatch):
    server, store = Server(), DatabaseTokens(plane)
    rotate, is_down = store.rotate, True

    async def failing(asked):
        if is_down:
            raise StoreUnavailable("down")
        return await rotate(asked)

    monkeypatch.setattr(store, "rotate", failing)
    process, old = Process(server, store), of_snapshot(plane)
    assert await process.value(old) == "t1"
    Process.clock += 101
    assert await process.value(old) == "t2"
    assert stored(plane) == "r3fresh-0"
    is_down = False
    for saver in list(process.tokens._fetcher.rotations._savers):
        await asyncio.wait_for(saver, 10)
    assert stored(plane) == "r3fresh-2"
    Process.clock += 101
    assert await Process(server, store).value(of_snapshot(plane)) == "t3"


async def test_what_was_not_kept_when_the_process_ends_is_said(plane, monkeypatch, capsys):
    server, store = Server(), DatabaseTokens(plane)

    async def failing(_):
        raise StoreUnavailable("down")

    monkeypatch.setattr(store, "rotate", failing)
    process = Process(server, store)
    assert await process.value(of_snapshot(plane)) == "t1"
    await process.tokens.aclose()
    said = capsys.readouterr().out
    assert "tokens.rotation.lost" in said
    assert "r3fresh" not in said


async def test_an_end_in_the_middle_waits_for_the_new_refresh_token(plane):
    gate, asked = asyncio.Event(), asyncio.Event()

    class Slow(Server):
        async def ask(self, request):
            asked.set()
            await gate.wait()
            return await super().ask(request)

    process = Process(Slow(), DatabaseTokens(plane))
    waiting = asyncio.create_task(process.value(of_snapshot(plane)))
    await asked.wait()
    ending = asyncio.create_task(process.tokens.aclose())
    gate.set()
    await ending
    assert await waiting == "t1"
    assert stored(plane) == "r3fresh-1"


async def test_without_a_database_a_rotated_token_lives_in_memory_and_that_is_said(capsys):
    server = Server()
    process = Process(server)
    grant = refresh_token()
    for number in range(1, 6):
        assert await process.value(grant) == f"t{number}"
        assert await process.value(grant) == f"t{number}"
        Process.clock += 101
    assert server.used == [f"r3fresh-{number}" for number in range(5)]
    said = capsys.readouterr().out
    assert "tokens.rotation.in_memory" in said
    assert "r3fresh" not in said


async def test_a_server_that_comes_back_to_an_old_refresh_token():
    class Alternating(Server):
        async def ask(self, request):
            given = dict(request.form)["refresh_token"]
            self.used.append(given)
            answer = {"access_token": given, "refresh_token": {"r3fresh-0": "b", "b": "r3fresh-0"}[given]}
            return Answer(200, {}, json.dumps(answer | {"expires_in": 10}).encode())

    process = Process(Alternating())
    for expected in ("r3fresh-0", "b", "r3fresh-0", "b"):
        assert await process.value(refresh_token()) == expected
        Process.clock += 11
