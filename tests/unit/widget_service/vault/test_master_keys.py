"""Master keys as text: several, in their order, and every fault named by its position."""

import base64
import hashlib
import hmac

import pytest

from widget_service.vault import MasterKey, MasterKeyError, MasterKeys

FIRST, SECOND = (base64.b64encode(letter * 32).decode() for letter in (b"a", b"b"))


def keys_of(text: str) -> list[bytes]:
    return [master_key.key for master_key in MasterKeys.from_text(text)]


@pytest.mark.parametrize(
    ("text", "letters"),
    [
        (FIRST, "a"),
        (f"{FIRST}\n", "a"),
        (f"  {FIRST}\t\r\n", "a"),
        (f"{FIRST[:20]}\n{FIRST[20:]}\n", "a"),
        (f"{FIRST},{SECOND}", "ab"),
        (f"{SECOND},{FIRST}", "ba"),
        (f"\n{FIRST} ,\n{SECOND}\n", "ab"),
    ],
)
def test_keys_are_read_in_their_order(text, letters):
    assert keys_of(text) == [letter.encode() * 32 for letter in letters]


SHORT, LONG = (base64.b64encode(b"s" * length).decode() for length in (31, 33))


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("", ["it is empty"]),
        (" \n\t", ["it is empty"]),
        (",", ["key 1 is missing", "key 2 is missing"]),
        (f"{FIRST},", ["key 2 is missing before or after a comma"]),
        (f",{FIRST}", ["key 1 is missing before or after a comma"]),
        (f"{FIRST},,{SECOND}", ["key 2 is missing before or after a comma"]),
        (SHORT, ["key 1 has 31 bytes"]),
        (LONG, ["key 1 has 33 bytes"]),
        ("not base64 at all!", ["key 1 is not base64"]),
        (FIRST.rstrip("="), ["key 1 is not base64"]),
        (FIRST + SECOND, ["key 1 is not base64"]),
        (f"{FIRST}\n{SECOND}", ["key 1 is not base64"]),
        (f"{FIRST};{SECOND}", ["key 1 is not base64"]),
        (f'"{FIRST}"', ["key 1 is not base64"]),
        (FIRST.replace("Y", "é"), ["key 1 is not base64"]),
        (f"{FIRST},{FIRST}", ["key 2 is listed twice"]),
        (f"{FIRST},{SECOND},{SHORT},x*,{FIRST}", ["key 3 has 31", "key 4 is not base64", "key 5 is listed twice"]),
    ],
)
def test_every_fault_is_named_by_its_position_and_no_key_is_quoted(text, faults):
    with pytest.raises(MasterKeyError) as caught:
        MasterKeys.from_text(text, source="PLACE")
    message = str(caught.value)
    assert message.startswith("PLACE cannot be used: ")
    assert "widget-service init" in message
    assert message.count("; key ") == len(faults) - 1
    for fault in faults:
        assert fault in message
    for part in text.split(","):
        assert len(part) < 8 or part not in message


def test_the_first_is_primary_and_each_is_found_by_its_id():
    keys = MasterKeys.from_text(f"{SECOND},{FIRST}")
    assert keys.primary.key == b"b" * 32
    assert len(keys) == 2
    assert keys.ids == (MasterKey(b"b" * 32).id, MasterKey(b"a" * 32).id)
    for master_key in keys:
        assert keys.by_id(master_key.id) is master_key
    assert keys.by_id("0000000000000000") is None


def hkdf(key: bytes, purpose: str) -> bytes:
    """RFC 5869, one block, no salt: written out, to have something to compare with."""
    return hmac.digest(hmac.digest(bytes(32), key, hashlib.sha256), purpose.encode() + b"\1", hashlib.sha256)


def test_an_id_and_signing_keys_are_derived_each_for_itself():
    keys = MasterKeys.from_text(f"{FIRST},{SECOND}")
    assert [key.id for key in keys] == [hkdf(letter * 32, "key-id").hex()[:16] for letter in (b"a", b"b")]
    assert keys.derive("session-cookie") == (hkdf(b"a" * 32, "session-cookie"), hkdf(b"b" * 32, "session-cookie"))
    assert not set(keys.derive("session-cookie")) & set(keys.derive("session-csrf"))


def test_a_created_key_is_random_and_is_read_back_from_its_text():
    first, second = MasterKey.create(), MasterKey.create()
    assert first.key != second.key
    assert keys_of(f"{first.as_text()},{second.as_text()}") == [first.key, second.key]


@pytest.mark.parametrize("keys", [[], [MasterKey(b"a" * 32), MasterKey(b"a" * 32)]], ids=["none", "one twice"])
def test_a_list_that_cannot_be_is_a_programming_mistake(keys):
    with pytest.raises(ValueError, match="master keys"):
        MasterKeys(keys)


@pytest.mark.parametrize("length", [0, 16, 31, 33, 64])
def test_a_key_of_another_length_is_a_programming_mistake(length):
    with pytest.raises(ValueError, match="32 bytes"):
        MasterKey(b"k" * length)
