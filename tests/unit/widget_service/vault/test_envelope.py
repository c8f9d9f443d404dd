"""A tenant's secrets open under the tenant, name and version that they were stored for, and nowhere else."""

import dataclasses
import itertools

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from widget_service.vault import (
    MasterKey,
    MasterKeys,
    TenantKey,
    UnreadableSecret,
    UnreadableTenantKey,
    UnstorableSecret,
    WrappedKey,
)
from widget_service.vault.sealing import OVERHEAD_BYTES

MASTER_KEYS = MasterKeys([MasterKey(bytes(range(32)))])
KEY = TenantKey("00112233aabbccdd", "acme", bytes(range(32, 64)))

# Written by an implementation of its own (HKDF from HMAC, and AES-GCM), with the nonce 64 65 .. 6f.
STORED_KEY = WrappedKey(
    id="00112233aabbccdd",
    tenant_id="acme",
    master_key_id="f7b5f511512bc94f",
    blob=bytes.fromhex(
        "01"
        "6465666768696a6b6c6d6e6f"
        "a327455b79e585b009c653a7c6797745041312bcdd41931120257e098858ce1d"
        "dcc0cf70440ca7c9bf7baeb7c175de6d"
    ),
)
STORED_SECRET = bytes.fromhex("016465666768696a6b6c6d6e6fe943428f3af28b87757031932673a3a2a5d19ef301aaaf74c08a80a4e9ec")
SECRET = "s3cret – ✓"


def test_what_is_stored_already_still_opens():
    key = TenantKey.unwrap(MASTER_KEYS, STORED_KEY)
    assert (key.id, key.tenant_id) == ("00112233aabbccdd", "acme")
    assert key.decrypt("api_key", 3, STORED_SECRET) == SECRET
    assert key.digest(SECRET) == "21a21d975db698ce8974bb8edb744118ad25015fcaaad20ec3dc03c86dbc1599"


def test_a_created_key_opens_again_from_what_is_stored():
    key = TenantKey.create("acme")
    again = TenantKey.unwrap(MASTER_KEYS, key.wrap(MASTER_KEYS))
    assert (again.id, again.tenant_id) == (key.id, "acme")
    assert again.decrypt("token", 1, key.encrypt("token", 1, SECRET)) == SECRET


def test_the_same_secret_is_never_encrypted_alike():
    assert len({KEY.encrypt("token", 1, SECRET) for _ in range(50)}) == 50
    assert len({KEY.wrap(MASTER_KEYS).blob for _ in range(50)}) == 50
    assert len({TenantKey.create("acme").id for _ in range(50)}) == 50


PEM = "-----BEGIN PRIVATE KEY-----\n" + "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcw\n" * 40 + "-----END PRIVATE KEY-----\n"


@settings(max_examples=150, deadline=None)
@given(chunk=st.text(min_size=1, max_size=64), times=st.sampled_from([1, 16, 256]))
@example(chunk=PEM, times=1)
@example(chunk=PEM.replace("\n", "\r\n"), times=20)
@example(chunk="0123456789abcdef", times=1)
@example(chunk="0123456789abcdef", times=4096)
@example(chunk="ключ🔑", times=4000)
@example(chunk="\"quo'ted\"\\n\0\n\t{{ get_secret('x') }}", times=1)
@example(chunk="", times=1)
def test_every_text_comes_back_as_it_was(chunk, times):
    text = chunk * times
    blob = KEY.encrypt("token", 1, text)
    assert KEY.decrypt("token", 1, blob) == text
    assert len(blob) == len(text.encode()) + OVERHEAD_BYTES
    if len(text.encode()) >= 8:
        assert text.encode() not in blob


@settings(deadline=None)
@given(before=st.text(max_size=8), surrogate=st.characters(categories=["Cs"]), after=st.text(max_size=8))
def test_half_a_surrogate_pair_is_refused_before_anything_is_stored(before, surrogate, after):
    with pytest.raises(UnstorableSecret, match=r"The secret 'token' of tenant 'acme' cannot be stored: .*UTF-8"):
        KEY.encrypt("token", 1, before + surrogate + after)


def test_a_secret_opens_in_its_own_place_only():
    """Of every tenant × name × version, with names that run into one another, only the own one opens."""
    places = list(itertools.product(["a", "a1", 'a","b'], ["x", "1x", 'b","x', "X"], [1, 11, 111]))
    keys = {tenant: TenantKey(KEY.id, tenant, bytes(range(32, 64))) for tenant, _, _ in places}
    for stored in places:
        blob = keys[stored[0]].encrypt(stored[1], stored[2], SECRET)
        assert keys[stored[0]].decrypt(stored[1], stored[2], blob) == SECRET
        for tenant, name, version in places:
            if (tenant, name, version) != stored:
                with pytest.raises(UnreadableSecret):
                    keys[tenant].decrypt(name, version, blob)


def test_a_secret_does_not_open_with_another_key_of_its_tenant():
    with pytest.raises(UnreadableSecret):
        TenantKey.create("acme").decrypt("api_key", 3, STORED_SECRET)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"tenant_id": "other"}, id="another tenant's row"),
        pytest.param({"id": "ffffffffffffffff"}, id="another key's row"),
        pytest.param({"blob": TenantKey.create("acme").wrap(MASTER_KEYS).blob}, id="another key's bytes"),
        pytest.param({"blob": KEY.encrypt("token", 1, "x" * 32)}, id="a secret's bytes"),
        pytest.param({"master_key_id": MasterKey(b"b" * 32).id}, id="another master key, that is listed"),
        pytest.param({"master_key_id": "0000000000000000"}, id="another master key, that is not listed"),
    ],
)
def test_a_wrapped_key_opens_in_its_own_place_only(changes):
    both = MasterKeys([*MASTER_KEYS, MasterKey(b"b" * 32)])
    assert TenantKey.unwrap(both, STORED_KEY).decrypt("api_key", 3, STORED_SECRET) == SECRET
    with pytest.raises(UnreadableTenantKey, match=r"tenant '(acme|other)' "):
        TenantKey.unwrap(both, dataclasses.replace(STORED_KEY, **changes))


def damaged(blob: bytes) -> list[bytes]:
    """Every blob with one bit changed, and every one that is cut off or has a byte more."""
    flipped = [
        blob[:place] + bytes([blob[place] ^ 1 << bit]) + blob[place + 1 :]
        for place, bit in itertools.product(range(len(blob)), range(8))
    ]
    return [*flipped, *(blob[:length] for length in range(len(blob))), blob[1:], blob + b"\0", b"\1" + blob]


def test_a_damaged_secret_does_not_open():
    for blob in damaged(STORED_SECRET):
        with pytest.raises(UnreadableSecret):
            KEY.decrypt("api_key", 3, blob)


def test_a_damaged_wrapped_key_does_not_open():
    for blob in damaged(STORED_KEY.blob):
        with pytest.raises(UnreadableTenantKey):
            TenantKey.unwrap(MASTER_KEYS, dataclasses.replace(STORED_KEY, blob=blob))


@pytest.mark.parametrize("number", [0, 2, 255])
def test_a_format_that_is_not_known_is_named(number):
    with pytest.raises(UnreadableSecret, match=f"of format {number}, and this version of the service knows only 1"):
        KEY.decrypt("api_key", 3, bytes([number]) + STORED_SECRET[1:])


def test_an_error_names_the_place_and_what_to_do():
    with pytest.raises(UnreadableSecret) as caught:
        KEY.decrypt("api_key", 4, STORED_SECRET)
    assert str(caught.value) == (
        "The secret 'api_key' (version 4) of tenant 'acme' cannot be decrypted: it is damaged, or was moved here from "
        "another place. Restore the database from a backup, or set the secret again: widget-service secrets set "
        "api_key --tenant acme"
    )


def test_a_fingerprint_is_the_same_for_the_same_value_of_the_same_tenant_key():
    other = TenantKey.create("other")
    values = ["", "a", "b", "ab", "é", "e\u0301", "\udc80"]
    fingerprints = [key.digest(value) for key in (KEY, other) for value in values]
    assert len(set(fingerprints)) == len(fingerprints)
    assert fingerprints == [key.digest(value) for key in (KEY, other) for value in values]
    assert TenantKey.unwrap(MASTER_KEYS, other.wrap(MASTER_KEYS)).digest("a") == other.digest("a")


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_a_key_of_another_length_is_a_programming_mistake(length):
    with pytest.raises(ValueError, match="32 bytes"):
        TenantKey("id", "acme", b"k" * length)
