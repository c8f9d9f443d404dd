"""Tokens and leases that processes share: one contract, over Valkey or Redis and over the database."""

import asyncio
import contextlib
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from support.memory_store import MemoryStore
from support.redis_server import redis_server
from support.token_grants import client_credentials
from widget_service.authentication.tokens.sealing import TokenSeal
from widget_service.authentication.tokens.shared import SharedTokens, StoreUnavailable, Tolerated
from widget_service.authentication.tokens.token import Token
from widget_service.authentication.tokens.valkey import ValkeyTokens
from widget_service.control import tenants
from widget_service.control.plane import control_plane
from widget_service.control.token_store import DatabaseTokens
from widget_service.settings import load_settings
from widget_service.storage import tokens
from widget_service.storage.database import Database
from widget_service.valkey import valkey_client
from widget_service.vault import MasterKey, MasterKeys, create_master_key_file

KEY = client_credentials().key
OTHER = client_credentials(scope="other").key


def token(value: str = "t0ken-value", lifetime_s: float = 60.0) -> Token:
    now = time.time()
    return Token(value, now, now + lifetime_s)


@pytest.fixture
def installation(request, tmp_path):
    """With a database of the kind that the test's store is in; SQLite unless it says so."""
    defaults = {"data_dir": tmp_path / "data"}
    if "postgresql" in request.node.name:
        defaults["database_url"] = request.getfixturevalue("postgres_url")
    settings = load_settings(defaults=defaults)
    create_master_key_file(settings.effective_master_key_file)
    with control_plane(settings, create=True) as plane:
        tenants.add_tenant(plane, "default", actor="test")
        yield plane


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator:
    with redis_server(tmp_path_factory.mktemp("redis")) as running:
        yield running


@pytest.fixture(params=["valkey", "database", "postgresql"])
async def store(request, installation) -> AsyncIterator[SharedTokens]:
    if request.param != "valkey":
        yield DatabaseTokens(installation)
        return
    server = request.getfixturevalue("server")
    with server.client() as client:
        client.flushall()
    valkey = ValkeyTokens(valkey_client(server.url), TokenSeal(installation.master_keys))
    yield valkey
    await valkey.aclose()


async def test_a_token_comes_back_as_it_was(store):
    kept = token("tökén\n")
    assert await store.get(KEY) is None
    await store.put(KEY, kept)
    assert await store.get(KEY) == kept
    assert await store.get(OTHER) is None
    renewed = token("another")
    await store.put(KEY, renewed)
    assert await store.get(KEY) == renewed


async def test_a_drop_is_compared(store):
    first, second = token("first"), token("second")
    await store.put(KEY, second)
    await store.drop(KEY, first)
    assert await store.get(KEY) == second
    await store.drop(KEY, second)
    assert await store.get(KEY) is None
    await store.drop(KEY, second)


async def test_a_lease_has_one_holder(store):
    assert await store.acquire(KEY, "a", 30)
    assert not await store.acquire(KEY, "b", 30)
    assert await store.acquire(OTHER, "b", 30)
    assert not await store.renew(KEY, "b", 30)
    await store.release(KEY, "b")
    assert not await store.acquire(KEY, "b", 30)
    assert await store.renew(KEY, "a", 30)
    await store.release(KEY, "a")
    assert await store.acquire(KEY, "b", 30)
    assert not await store.renew(KEY, "a", 30)


async def test_a_lease_does_not_touch_the_token(store):
    kept = token()
    assert await store.acquire(KEY, "a", 30)
    await store.put(KEY, kept)
    await store.release(KEY, "a")
    assert await store.get(KEY) == kept


async def test_a_lease_ends_by_itself_and_lasts_while_it_is_renewed(store):
    assert await store.acquire(KEY, "a", 1)
    for _ in range(3):
        renewed = time.monotonic()
        assert await store.renew(KEY, "a", 1)
    while not await store.acquire(KEY, "b", 30):
        await asyncio.sleep(0.01)
        assert time.monotonic() - renewed < 20
    assert time.monotonic() - renewed > 0.9


async def test_many_at_once_and_one_gets_it(store):
    got = await asyncio.gather(*(store.acquire(KEY, f"holder-{number}", 30) for number in range(8)))
    assert sum(got) == 1


def test_a_row_is_emptied_only_of_the_token_that_was_read(installation):
    """Another process may have written between the look and the drop."""
    in_a_minute = datetime.now(UTC) + timedelta(minutes=1)
    with installation.database.change(actor="test", action="token.put", tenant_id="default") as change:
        tokens.put(change, "default", "name", b"newer", in_a_minute)
        tokens.drop(change, "default", "name", b"older")
        assert tokens.find(change, "default", "name") == b"newer"
        tokens.drop(change, "default", "name", b"newer")
        assert tokens.find(change, "default", "name") is None


@pytest.mark.parametrize("store", ["valkey"], indirect=True)
async def test_what_stands_in_valkey_is_sealed_named_by_a_digest_and_ends(store, server, installation):
    await store.put(KEY, token())
    await store.acquire(KEY, "a", 30)
    with server.client() as client:
        names = [name.decode() for name in client.keys("*")]
        data = b"".join(client.get(name) for name in names)
        assert all(0 < client.pttl(name) <= 60_000 for name in names)
        assert b"t0ken" not in data
        assert KEY.digest not in "".join(names)
        name = next(name for name in names if ":token:" in name)
        sealed = client.get(name)
        for damaged in (sealed[:-1], sealed[:20], b"", b"x" * 60, sealed[:-1] + bytes([sealed[-1] ^ 1])):
            client.set(name, damaged)
            assert await store.get(KEY) is None
            await store.drop(KEY, token())
        client.set(name.replace(name.rpartition(":")[2], TokenSeal(installation.master_keys).name(OTHER)), sealed)
        assert await store.get(OTHER) is None  # moved to another's place
    await store.put(OTHER, token(lifetime_s=-1))
    assert await store.get(OTHER) is None


@pytest.mark.parametrize("store", ["database"], indirect=True)
async def test_what_stands_in_the_database_is_sealed_swept_and_no_revision(store, installation):
    database = installation.database
    before = database.revision()
    await store.put(KEY, token(lifetime_s=-1))
    await store.put(OTHER, token())
    assert await store.get(KEY) is None
    file = installation.settings.data_dir / "widget-service.db"
    assert not any(b"t0ken" in each.read_bytes() for each in file.parent.glob(file.name + "*"))
    assert database.revision() == before


def test_other_master_keys_open_what_the_first_has_sealed():
    old, new = MasterKey.create(), MasterKey.create()
    kept = token()
    sealed_by_old = TokenSeal(MasterKeys([old])).seal(KEY, kept)
    assert TokenSeal(MasterKeys([old, new])).open(KEY, sealed_by_old) == kept
    assert TokenSeal(MasterKeys([old])).open(OTHER, sealed_by_old) is None
    assert TokenSeal(MasterKeys([new])).open(KEY, sealed_by_old) is None


async def test_a_store_that_is_not_there_is_never_an_error(installation):
    clock = [0.0]
    valkey = ValkeyTokens(valkey_client("redis://127.0.0.1:1/0"), TokenSeal(installation.master_keys))
    with pytest.raises(StoreUnavailable):
        await valkey.get(KEY)
    tolerated = Tolerated(valkey, lambda: clock[0])
    assert await tolerated.get(KEY) is None
    assert await tolerated.acquire(KEY, "a", 1)
    assert await tolerated.renew(KEY, "a", 1)
    for call in (tolerated.put(KEY, token()), tolerated.drop(KEY, token()), tolerated.release(KEY, "a")):
        await call
    await valkey.aclose()


@pytest.fixture(scope="module")
def guarded(tmp_path_factory) -> Iterator:
    with redis_server(tmp_path_factory.mktemp("guarded"), password="right") as running:
        yield running


@pytest.mark.parametrize(
    ("credentials", "reason"),
    [("", "password"), (":wr0ngpass@", "refuses"), ("nobody:wr0ngpass@", "refuses"), (":right@", None)],
)
@pytest.mark.parametrize("place", ["socket", "TCP"])
async def test_a_password_that_is_missing_or_wrong_is_a_store_that_is_down(
    guarded, installation, place, credentials, reason
):
    address = guarded.url.removeprefix("unix://") if place == "socket" else f"127.0.0.1:{guarded.port}/0"
    client = valkey_client(f"{'unix' if place == 'socket' else 'redis'}://{credentials}{address}")
    valkey = ValkeyTokens(client, TokenSeal(installation.master_keys))
    if reason is None:
        await valkey.put(KEY, token())
        assert await valkey.get(KEY) is not None
    else:
        for call in (valkey.get, lambda key: valkey.acquire(key, "a", 1)):
            with pytest.raises(StoreUnavailable, match=reason) as caught:
                await asyncio.wait_for(call(KEY), 5)
            assert "wr0ngpass" not in str(caught.value)
        assert await Tolerated(valkey, lambda: 0.0).acquire(KEY, "a", 1)
    await valkey.aclose()


async def test_hundreds_of_tokens_at_once_do_not_bring_the_store_down(server, installation):
    client = valkey_client(server.url)
    client.connection_pool.timeout = 30  # for a turn, on a machine that may be busy
    valkey = ValkeyTokens(client, TokenSeal(installation.master_keys))
    keys = [client_credentials(scope=str(number)).key for number in range(300)]
    await asyncio.gather(*(valkey.put(key, token()) for key in keys))
    assert all(await asyncio.gather(*(valkey.get(key) for key in keys)))
    await valkey.aclose()


async def test_connections_that_are_all_in_use_do_not_mean_that_the_store_is_down(server, installation):
    client = valkey_client(server.url)
    client.connection_pool.timeout = 0.05
    valkey = ValkeyTokens(client, TokenSeal(installation.master_keys))
    tolerated = Tolerated(valkey, lambda: 0.0)
    await tolerated.put(KEY, token())
    taken = [await client.connection_pool.get_connection() for _ in range(client.connection_pool.max_connections)]
    assert await tolerated.get(KEY) is None
    for connection in taken:
        await client.connection_pool.release(connection)
    assert await tolerated.get(KEY) is not None
    await valkey.aclose()


async def test_whatever_the_client_raises_is_a_store_that_is_down(installation, monkeypatch):
    client = valkey_client("redis://127.0.0.1:1/0")

    async def recursing(*_, **__):
        raise RecursionError("quotes :p4ss@")

    monkeypatch.setattr(client, "execute_command", recursing)
    valkey = ValkeyTokens(client, TokenSeal(installation.master_keys))
    with pytest.raises(StoreUnavailable, match="RecursionError"):
        await valkey.get(KEY)
    await valkey.aclose()


async def test_a_store_that_failed_is_left_alone_for_a_while(server, installation):
    clock = [0.0]
    valkey = ValkeyTokens(valkey_client(server.url), TokenSeal(installation.master_keys))
    tolerated = Tolerated(valkey, lambda: clock[0])
    server.stop()
    await tolerated.put(KEY, token())
    server.start()
    await tolerated.put(KEY, token())
    assert await valkey.get(KEY) is None
    clock[0] += 6
    await tolerated.put(KEY, token())
    assert await valkey.get(KEY) is not None
    await valkey.aclose()


async def test_a_store_that_fails_again_is_left_alone_for_longer():
    """Also where some of its operations work: a database that is locked can be read."""
    clock, tried = [0.0], []

    class Locked(MemoryStore):
        async def acquire(self, key, holder, lease_s):
            tried.append(clock[0])
            raise StoreUnavailable("locked")

    tolerated = Tolerated(Locked(), lambda: clock[0])
    while clock[0] < 200:
        assert await tolerated.get(KEY) is None
        assert await asyncio.gather(*(tolerated.acquire(KEY, "a", 1) for _ in range(3))) == [True] * 3
        clock[0] += 1
    assert sorted(set(tried)) == [0, 5, 15, 35, 75, 115, 155, 195]
    clock[0] += 100  # it was well for a while
    tried.clear()
    for _ in range(10):
        await tolerated.acquire(KEY, "a", 1)
        clock[0] += 1
    assert sorted(set(tried)) == [300, 305]


async def test_a_store_that_hangs_is_waited_for_once():
    class Hanging(MemoryStore):
        at_once, operation_s = 2, 0.1

        async def get(self, key):
            await asyncio.Event().wait()

    tolerated = Tolerated(Hanging(), time.monotonic)
    started = time.monotonic()
    assert await asyncio.gather(*(tolerated.get(KEY) for _ in range(100))) == [None] * 100
    assert time.monotonic() - started < 4  # all in their turn would be 5 s


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_a_database_that_is_locked_makes_nobody_wait_for_long(installation, kind):
    """Hundreds of tokens at once: two try for a moment, and no thread is held for the others."""
    store = DatabaseTokens(installation, wait_s=0.2)
    tolerated = Tolerated(store, time.monotonic)
    await store.put(KEY, kept := token())
    keys = [client_credentials(scope=str(number)).key for number in range(300)]
    other = Database.open(installation.settings.effective_database_url)
    with contextlib.closing(other), other.change(actor="test", action="hold"):
        started = time.monotonic()
        assert await tolerated.get(KEY) == kept  # reading goes on
        assert all(await asyncio.gather(*(tolerated.acquire(key, "a", 5) for key in keys)))
        assert await asyncio.to_thread(lambda: True)
        assert time.monotonic() - started < 10  # all in their turn would be 30 s


async def test_a_server_that_stands_still_makes_nobody_wait_for_long(server, installation):
    valkey = ValkeyTokens(valkey_client(server.url), TokenSeal(installation.master_keys))
    tolerated = Tolerated(valkey, time.monotonic)
    keys = [client_credentials(scope=str(number)).key for number in range(300)]
    with server.standing_still():
        started = time.monotonic()
        assert await asyncio.gather(*(tolerated.get(key) for key in keys)) == [None] * 300
        assert all(await asyncio.gather(*(tolerated.acquire(key, "a", 5) for key in keys)))
        assert time.monotonic() - started < valkey.operation_s + 5
    await valkey.aclose()


async def test_a_database_that_is_gone_is_never_an_error(installation):
    database = installation.settings.data_dir / "widget-service.db"
    store = DatabaseTokens(installation)
    database.rename(database.with_suffix(".away"))
    with pytest.raises(StoreUnavailable):
        await store.acquire(KEY, "a", 1)
    assert await Tolerated(store, lambda: 0.0).acquire(KEY, "a", 1)


HOLDER = """
import asyncio, sys
from pathlib import Path
from support.token_grants import client_credentials
from widget_service.authentication.tokens.lease import Lease
from widget_service.authentication.tokens.sealing import TokenSeal
from widget_service.authentication.tokens.shared import Tolerated
from widget_service.authentication.tokens.valkey import ValkeyTokens
from widget_service.control.plane import control_plane
from widget_service.control.token_store import DatabaseTokens
from widget_service.settings import load_settings
from widget_service.valkey import valkey_client

async def main(plane):
    seal = TokenSeal(plane.master_keys)
    store = ValkeyTokens(valkey_client(sys.argv[2]), seal) if sys.argv[2] else DatabaseTokens(plane)
    lease = Lease(Tolerated(store, lambda: 0.0), client_credentials().key, 1.5)
    assert await lease.acquire()
    async with lease.held():
        print("held", flush=True)
        await asyncio.sleep(60)

settings = {"data_dir": Path(sys.argv[1]), "database_url": sys.argv[3]}
with control_plane(load_settings(defaults=settings)) as plane:
    asyncio.run(main(plane))
"""


async def test_a_holder_that_is_killed_is_survived_within_its_lease(store, installation, request):
    """Another process renews its lease for longer than it would last; killed, it holds it no longer than that."""
    url = request.getfixturevalue("server").url if isinstance(store, ValkeyTokens) else ""
    command = [sys.executable, "-c", HOLDER, str(installation.settings.data_dir), url]
    command.append(installation.settings.effective_database_url)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[1]) as process:
        assert process.stdout.readline() == "held\n"
        until = time.monotonic() + 2
        while time.monotonic() < until:
            assert not await store.acquire(KEY, "other", 30)
            await asyncio.sleep(0.05)
        process.send_signal(signal.SIGKILL)
    killed = time.monotonic()
    while not await store.acquire(KEY, "other", 30):
        await asyncio.sleep(0.02)
        assert time.monotonic() - killed < 20
