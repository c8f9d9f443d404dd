"""Keys and values show nowhere: not in repr, not in pickles, and not in an error, its arguments, context or frames."""

import base64
import copy
import pickle
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest

from widget_service.identity.keys import SigningKeys
from widget_service.vault import MasterKey, MasterKeys, TenantKey, VaultError, WrappedKey, load_master_keys, rewrap

# Of the module, not local to a test: the frames of the tests are in the tracebacks that are searched.
MASTER = b"planted-master-key-0123456789abc"
TENANT = b"planted-tenant-key-0123456789abc"
SHORT = b"planted-but-too-short"
VALUE = "planted-value \ud800 with half a pair"
TEXT = f"{base64.b64encode(MASTER).decode()},{base64.b64encode(SHORT).decode()}"

MASTER_KEYS = MasterKeys([MasterKey(MASTER)])
KEY = TenantKey("00112233aabbccdd", "acme", TENANT)
WRAPPED = KEY.wrap(MASTER_KEYS)
BLOB = KEY.encrypt("token", 1, "planted-value")


def assert_nothing_planted(shown: str) -> None:
    for planted in (MASTER, TENANT, SHORT, b"planted-value"):
        for form in (planted.decode(), base64.b64encode(planted).decode()[:24], planted.hex()[:24], repr(planted)):
            assert form not in shown
            assert form.lower() not in shown.lower()


HOLDERS = [MASTER_KEYS.primary, MASTER_KEYS, KEY, SigningKeys(MASTER_KEYS.derive("x")), SigningKeys([TENANT])]


@pytest.mark.parametrize("holder", HOLDERS, ids=lambda holder: type(holder).__name__)
def test_what_holds_a_key_prints_as_a_mask(holder):
    for shown in (repr(holder), str(holder), f"{holder}", "%s" % holder, repr([holder]), repr({"key": holder})):  # noqa: UP031
        assert "••••••" in shown
        assert_nothing_planted(shown)


@pytest.mark.parametrize("holder", HOLDERS, ids=lambda holder: type(holder).__name__)
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_what_holds_a_key_is_not_pickled_or_copied(holder, protocol):
    for write in (lambda: pickle.dumps(holder, protocol), lambda: copy.copy(holder), lambda: copy.deepcopy([holder])):
        with pytest.raises(TypeError, match="holds a key"):
            write()


def test_what_is_stored_may_be_pickled_and_holds_nothing_readable():
    for stored in (WRAPPED, BLOB):
        assert_nothing_planted(pickle.dumps(stored).decode("latin-1"))
    assert_nothing_planted(repr(WRAPPED))


def open_file(folder: Path) -> Path:
    file = folder / "master.key"
    file.write_text(TEXT)
    file.chmod(0o644)
    return file


def faulty_file(folder: Path) -> Path:
    file = open_file(folder)
    file.chmod(0o600)
    return file


@pytest.mark.parametrize(
    "fail",
    [
        pytest.param(lambda folder: MasterKeys.from_text(TEXT), id="malformed text"),
        pytest.param(lambda folder: load_master_keys(TEXT, None), id="malformed setting"),
        pytest.param(lambda folder: load_master_keys(None, faulty_file(folder)), id="malformed file"),
        pytest.param(lambda folder: load_master_keys(None, open_file(folder)), id="open file"),
        pytest.param(lambda folder: MasterKey(SHORT), id="a master key too short"),
        pytest.param(lambda folder: TenantKey("id", "acme", SHORT), id="a tenant's key too short"),
        pytest.param(lambda folder: KEY.encrypt("token", 1, VALUE), id="half a surrogate pair"),
        pytest.param(lambda folder: KEY.decrypt("token", 2, BLOB), id="another version"),
        pytest.param(lambda folder: KEY.decrypt("token", 1, b""), id="cut off"),
        pytest.param(lambda folder: KEY.decrypt("token", 1, b"\7" + BLOB[1:]), id="another format"),
        pytest.param(
            lambda folder: TenantKey.unwrap(
                MASTER_KEYS, WrappedKey("id", "other", WRAPPED.master_key_id, WRAPPED.blob)
            ),
            id="another tenant's wrapped key",
        ),
        pytest.param(
            lambda folder: rewrap(MasterKeys([MasterKey(b"n" * 32)]), WRAPPED), id="a master key that is not listed"
        ),
    ],
)
def test_an_error_shows_nothing_even_with_the_locals_of_its_frames(tmp_path, fail: Callable[[Path], object]):
    with pytest.raises((VaultError, ValueError)) as caught:
        fail(tmp_path)
    error = caught.value
    assert_nothing_planted("".join(traceback.TracebackException.from_exception(error, capture_locals=True).format()))
    assert_nothing_planted(repr(error.args))
    assert_nothing_planted(repr(vars(error)))
    assert error.__cause__ is None
    if error.__context__ is not None:  # hidden by `from None`, but there for who looks
        assert_nothing_planted(repr(error.__context__) + repr(vars(error.__context__)))


def test_the_search_finds_what_a_frame_holds():
    """The test above could not fail if frames were not searched."""

    def careless(value: bytes) -> None:
        raise ValueError("no word of it")

    with pytest.raises(ValueError, match="no word") as caught:
        careless(MASTER)
    shown = "".join(traceback.TracebackException.from_exception(caught.value, capture_locals=True).format())
    with pytest.raises(AssertionError):
        assert_nothing_planted(shown)
