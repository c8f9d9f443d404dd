"""The file of the master keys: made once, private, and refused with a sentence that helps when it is not."""

import base64
import os
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from widget_service.vault import MasterKeyError, create_master_key_file, load_master_keys
from widget_service.vault.key_files import fault_of

FIRST, SECOND = (base64.b64encode(letter * 32).decode() for letter in (b"a", b"b"))


def written(text: str = FIRST, mode: int = 0o600) -> Callable[[Path], None]:
    def write(file: Path) -> None:
        file.write_text(text)
        file.chmod(mode)

    return write


def linked(mode: int) -> Callable[[Path], None]:
    def link(file: Path) -> None:
        target = file.with_name("target")
        written(mode=mode)(target)
        file.symlink_to(target)

    return link


@pytest.mark.parametrize(
    ("make", "letters"),
    [
        pytest.param(written(), "a", id="0600"),
        pytest.param(written(mode=0o400), "a", id="0400"),
        pytest.param(written(f"{FIRST}\n"), "a", id="a line end"),
        pytest.param(written(f"{SECOND},\n{FIRST}\n"), "ba", id="two keys"),
        pytest.param(linked(0o600), "a", id="a link to a private file"),
    ],
)
def test_a_private_file_is_read(tmp_path, make, letters):
    file = tmp_path / "master.key"
    make(file)
    assert [master_key.key for master_key in load_master_keys(None, file)] == [x.encode() * 32 for x in letters]


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        pytest.param(lambda file: None, "{file} does not exist. Run `widget-service init`", id="missing"),
        pytest.param(lambda file: file.symlink_to("nowhere"), "{file} does not exist. Run", id="a link to nothing"),
        pytest.param(
            lambda file: file.symlink_to(file), "{file} cannot be read (too many levels", id="a link to itself"
        ),
        pytest.param(lambda file: file.mkdir(), "{file} is not a file", id="a directory"),
        pytest.param(lambda file: os.mkfifo(file, 0o600), "{file} is not a file", id="a pipe"),
        pytest.param(written(""), "{file} cannot be used: it is empty", id="empty"),
        pytest.param(written("\n"), "{file} cannot be used: it is empty", id="blank"),
        pytest.param(written(mode=0o644), "(mode 0644); run: chmod 600 {file}", id="0644"),
        pytest.param(written(mode=0o640), "(mode 0640); run: chmod 600 {file}", id="0640"),
        pytest.param(written(mode=0o604), "(mode 0604); run: chmod 600 {file}", id="0604"),
        pytest.param(written(mode=0o620), "(mode 0620); run: chmod 600 {file}", id="0620"),
        pytest.param(written("", mode=0o644), "(mode 0644); run: chmod 600 {file}", id="0644 and empty"),
        pytest.param(linked(0o644), "(mode 0644); run: chmod 600 {file}", id="a link to an open file"),
        pytest.param(written(base64.b64encode(b"s" * 31).decode()), "key 1 has 31 bytes", id="31 bytes"),
        pytest.param(written("no key"), "{file} cannot be used: key 1 is not base64", id="not base64"),
        pytest.param(written("ключ"), "{file} cannot be used: key 1 is not base64", id="not ASCII"),
        pytest.param(written(f"{FIRST}\n{SECOND}\n"), "key 1 is not base64", id="two keys without a comma"),
        pytest.param(written(" " * 65 * 1024 + FIRST), "{file} is larger than 65536 bytes", id="too large"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused(tmp_path, make, sentence):
    file = tmp_path / "master.key"
    make(file)
    with pytest.raises(MasterKeyError) as caught:
        load_master_keys(None, file)
    assert sentence.format(file=file) in str(caught.value)


def status_of(mode: int = stat.S_IFREG | 0o600, *, uid: int, size: int = 45) -> os.stat_result:
    return os.stat_result((mode, 1, 1, 1, uid, 0, size, 0, 0, 0))


@pytest.mark.parametrize(
    ("owner", "user", "fault"),
    [
        (1000, 1000, ""),
        (0, 1000, ""),
        (0, 0, ""),
        (1001, 1000, "(uid 1001), who could replace the master key; run: chown 1000 KEY"),
        (1000, 0, "(uid 1000), who could replace the master key; run: chown 0 KEY"),
    ],
)
def test_the_file_belongs_to_the_services_user_or_to_root(owner, user, fault):
    assert fault_of(status_of(uid=owner), Path("KEY"), user_id=user).endswith(fault)
    assert bool(fault_of(status_of(uid=owner), Path("KEY"), user_id=user)) == bool(fault)


def test_the_setting_wins_over_the_file(tmp_path):
    file = tmp_path / "master.key"
    written(FIRST)(file)
    assert load_master_keys(SECOND, file).primary.key == b"b" * 32


@pytest.mark.parametrize("text", ["", "  ", "no key"])
def test_a_setting_that_cannot_be_used_never_falls_back_to_the_file(tmp_path, text):
    file = tmp_path / "master.key"
    written(FIRST)(file)
    with pytest.raises(MasterKeyError, match=r"^WIDGET_SERVICE_MASTER_KEY cannot be used: "):
        load_master_keys(text, file)


def test_without_a_setting_and_a_file_it_says_how_to_come_by_a_key():
    with pytest.raises(MasterKeyError, match=r"Run `widget-service init`.* or set WIDGET_SERVICE_MASTER_KEY or"):
        load_master_keys(None, None)


def test_a_made_file_is_private_and_nothing_else_is_left_beside_it(tmp_path):
    file = tmp_path / "state" / "deeper" / "master.key"
    umask = os.umask(0)
    try:
        assert create_master_key_file(file)
    finally:
        os.umask(umask)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert os.listdir(file.parent) == ["master.key"]
    assert len(load_master_keys(None, file)) == 1


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(written("kept"), id="a file"),
        pytest.param(written("kept", mode=0o644), id="an open file"),
        pytest.param(lambda file: file.symlink_to("nowhere"), id="a link to nothing"),
        pytest.param(lambda file: file.mkdir(), id="a directory"),
    ],
)
def test_what_is_there_already_is_never_overwritten(tmp_path, make):
    file = tmp_path / "master.key"
    make(file)
    before = os.lstat(file)
    assert not create_master_key_file(file)
    after = os.lstat(file)
    assert (after.st_ino, after.st_mode, after.st_mtime_ns) == (before.st_ino, before.st_mode, before.st_mtime_ns)
    assert os.listdir(tmp_path) == ["master.key"]


def test_of_several_that_make_it_at_once_one_wins_and_all_read_its_key(tmp_path):
    file = tmp_path / "master.key"
    together = threading.Barrier(8)
    made: list[bool] = []
    keys: list[bytes] = []

    def make_and_read() -> None:
        together.wait(timeout=10)
        made.append(create_master_key_file(file))
        keys.append(load_master_keys(None, file).primary.key)

    threads = [threading.Thread(target=make_and_read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=10)
    assert sorted(made) == [False] * 7 + [True]
    assert len(keys) == 8
    assert len(set(keys)) == 1
    assert os.listdir(tmp_path) == ["master.key"]


def test_a_place_that_cannot_be_written_is_an_error_in_words(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(MasterKeyError, match=r"master.key cannot be made \(.+\); choose a place that can be written"):
        create_master_key_file(tmp_path / "file" / "master.key")
