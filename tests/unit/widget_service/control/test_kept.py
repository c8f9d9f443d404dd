"""The last snapshot on disk holds what is served, tells nobody else, and is used only when all of it is as written."""

import asyncio
import json
import stat
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from support.commands import PLANTS
from widget_service.control.directories import DirectorySource
from widget_service.control.doctor.snapshot import findings
from widget_service.control.kept import SnapshotFile, open_kept
from widget_service.control.kept.keeping import SnapshotKeeper
from widget_service.control.plane import ControlPlane
from widget_service.control.revocations import DatabaseRevocations
from widget_service.control.tenants import TenantSettings, add_tenant
from widget_service.control.values import set_secret, set_variable
from widget_service.storage import cache_purges, captures, revoked_sessions
from widget_service.storage.errors import DatabaseUnavailable
from widget_service.vault import MasterKey, MasterKeys

SECRET, VARIABLE = "s3cret-of-the-shop", "eu-visible-variable"


@pytest.fixture
def plane(commands):
    """An installation with a tenant beside the default one, values, a log-out, a purge and a capture."""
    commands.done("apply", commands.registry(PLANTS))
    with commands.plane() as plane:
        set_secret(plane, "default", "api_key", SECRET, actor="test", origins=["https://api.example.com"])
        set_variable(plane, "default", "region", VARIABLE, actor="test")
        add_tenant(
            plane, "acme", actor="test", hosts=["acme.example.com"], settings=TenantSettings(allow_anonymous=False)
        )
        end_session(plane, "over")
        with plane.database.change(actor="test", action="note") as change:
            cache_purges.note(change, "default", "plants")
            captures.put(change, "default", "plants", datetime(2030, 1, 1, tzinfo=UTC))
        yield plane


def end_session(plane: ControlPlane, session_id: str) -> None:
    with plane.database.change(actor="caller", action="session.end") as change:
        revoked_sessions.add(change, "default", session_id, datetime.now(UTC) + timedelta(hours=1))


def written(plane: ControlPlane) -> SnapshotFile:
    assert SnapshotKeeper(plane).write()
    return SnapshotFile(plane.settings.data_dir)


def no_published_keys(tenant_id: str, url: str):
    raise AssertionError


def test_what_is_served_from_disk_is_what_the_database_holds(plane):
    written(plane)
    kept = open_kept(plane.settings, plane.master_keys)
    assert kept is not None
    of_disk, of_database = (DirectorySource(each, no_published_keys).read() for each in (kept.plane, plane))
    assert set(of_disk.tenants) == {"default", "acme"}
    assert of_disk.tenant_of_host("acme.example.com").id == "acme"
    assert not of_disk.tenants["acme"].allow_anonymous
    ours, theirs = of_disk.tenants["default"], of_database.tenants["default"]
    assert ours.snapshot.secrets["api_key"] == SECRET
    for name in ("variables", "secret_origins", "value_versions", "cache_generations", "captures"):
        assert getattr(ours.snapshot, name) == getattr(theirs.snapshot, name) != {}, name
    assert ours.snapshot.connectors["plants"].permalink == "plants"
    assert ours.since == theirs.since
    assert set(DatabaseRevocations(kept.plane).read_if_changed() or ()) == {"over"}
    assert kept.stamp.revision == plane.database.revision() == kept.plane.database.revision()


def test_nothing_is_changed_in_a_copy(plane):
    written(plane)
    kept = open_kept(plane.settings, plane.master_keys)
    with pytest.raises(DatabaseUnavailable, match="not changed"):
        set_variable(kept.plane, "default", "region", "us", actor="test")
    kept.plane.database.close()


def test_the_file_is_its_owners_and_tells_nothing(plane):
    file = written(plane).path
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    content = file.read_bytes()
    for told in (SECRET, VARIABLE, "plants", "acme", "api.example.com"):
        assert told.encode() not in content
    assert json.loads(content.partition(b"\n")[0])["revision"] == plane.database.revision()


def test_it_is_written_when_something_has_changed_and_only_then(plane):
    file = written(plane)

    def is_written_by(change) -> bool:
        before = file.stamp()
        change()
        SnapshotKeeper(plane).write()
        return file.stamp() != before

    assert not is_written_by(lambda: None)
    assert is_written_by(lambda: set_variable(plane, "default", "region", "us", actor="test"))
    assert is_written_by(lambda: end_session(plane, "another"))
    plane.master_keys = MasterKeys([MasterKey.create(), *plane.master_keys])
    assert is_written_by(lambda: None)
    assert open_kept(plane.settings, plane.master_keys) is not None


def test_one_process_writes_at_a_time(plane):
    file = SnapshotFile(plane.settings.data_dir)
    with file.locked() as is_mine:
        assert is_mine
        assert not SnapshotKeeper(plane).write()
    assert file.stamp() is None


def test_what_a_killed_process_has_left_is_written_over(plane):
    draft = plane.settings.data_dir / ".snapshot.sealed.draft"
    draft.write_bytes(b"half a file")
    written(plane)
    assert not draft.exists()
    assert open_kept(plane.settings, plane.master_keys) is not None


def cut_off(content: bytes) -> bytes:
    return content[:-1]


def flipped(content: bytes) -> bytes:
    return content[:-30] + bytes([content[-30] ^ 1]) + content[-29:]


def with_stamp(**changed: object):
    def damaged(content: bytes) -> bytes:
        line, _, sealed = content.partition(b"\n")
        return json.dumps({**json.loads(line), **changed}, separators=(",", ":")).encode() + b"\n" + sealed

    return damaged


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (cut_off, "damaged"),
        (flipped, "damaged"),
        (with_stamp(revision=99), "damaged"),
        (with_stamp(format=2), "of format 2"),
        (with_stamp(tables="0001"), "another version"),
        (with_stamp(key="0123456789abcdef"), "0123456789abcdef, which is not listed"),
        (with_stamp(more=1), "damaged"),
        (lambda _: b"", "damaged"),
        (lambda _: b"\0" * 5000, "damaged"),
    ],
)
def test_a_file_that_is_not_as_it_was_written_is_not_used(plane, damage, says):
    file = written(plane).path
    file.write_bytes(damage(file.read_bytes()))
    with capture_logs() as logs:
        assert open_kept(plane.settings, plane.master_keys) is None
    assert says in logs[0]["reason"]


def test_the_doctor_opens_it(plane):
    def found() -> list[tuple[str, str]]:
        return [(each.state.value, each.message) for each in findings(plane.settings, plane.master_keys)]

    assert found() == []
    file = written(plane).path
    ((state, message),) = found()
    assert state == "good"
    assert f"of revision {plane.database.revision()}, written at" in message
    file.write_bytes(cut_off(file.read_bytes()))
    ((state, message),) = found()
    assert (state, "is not used: it is damaged" in message) == ("note", True)


def test_a_file_of_another_installation_is_not_used(plane):
    written(plane)
    with capture_logs() as logs:
        assert open_kept(plane.settings, MasterKeys([MasterKey.create()])) is None
    assert "not listed" in logs[0]["reason"]


def test_no_file_is_no_event(plane):
    with capture_logs() as logs:
        assert open_kept(plane.settings, plane.master_keys) is None
    assert not logs


async def test_the_keeper_writes_in_the_background_and_says_once_why_it_cannot(plane, monkeypatch):
    told = asyncio.Event()
    keeper = SnapshotKeeper(plane, interval_s=0.01)
    with capture_logs() as logs:
        await keeper.start()
        keeper.note_change()
        async with asyncio.timeout(10):
            while SnapshotFile(plane.settings.data_dir).stamp() is None:
                await asyncio.sleep(0.01)

        def full(*_: object) -> None:
            told.set()
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(SnapshotFile, "write", full)
        await asyncio.to_thread(set_variable, plane, "default", "region", "us", actor="test")
        keeper.note_change()
        async with asyncio.timeout(10):
            await told.wait()
            while not any(entry["event"] == "snapshot.file.not_written" for entry in logs):
                await asyncio.sleep(0.01)
        await keeper.stop()
    (failure,) = (entry for entry in logs if entry["event"] == "snapshot.file.not_written")
    assert failure["reason"] == "No space left on device"
