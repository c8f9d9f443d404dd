"""A master key is replaced without a moment in which something cannot be read."""

import pytest

from widget_service.vault import MasterKey, MasterKeys, TenantKey, UnreadableTenantKey, rewrap

OLD, NEW = MasterKey(b"o" * 32), MasterKey(b"n" * 32)
ONLY_OLD, BOTH, ONLY_NEW = MasterKeys([OLD]), MasterKeys([NEW, OLD]), MasterKeys([NEW])


def test_rotation_from_the_first_listing_of_the_new_key_to_the_removal_of_the_old():
    key = TenantKey.create("acme")
    wrapped, blob = key.wrap(ONLY_OLD), key.encrypt("token", 1, "value")
    fingerprint = key.digest("value")

    assert TenantKey.unwrap(BOTH, wrapped).decrypt("token", 1, blob) == "value"
    rewrapped = rewrap(BOTH, wrapped)
    assert (rewrapped.id, rewrapped.tenant_id, rewrapped.master_key_id) == (key.id, "acme", NEW.id)

    for listed in (BOTH, ONLY_NEW):  # processes with either list run side by side while it lasts
        opened = TenantKey.unwrap(listed, rewrapped)
        assert opened.decrypt("token", 1, blob) == "value"  # the secrets' rows are not touched
        assert opened.digest("value") == fingerprint  # and the audit log still tells equal from changed

    with pytest.raises(UnreadableTenantKey):
        TenantKey.unwrap(ONLY_OLD, rewrapped)


def test_what_is_under_the_first_key_already_is_left_as_it_is():
    wrapped = TenantKey.create("acme").wrap(BOTH)
    assert wrapped.master_key_id == NEW.id
    assert rewrap(BOTH, wrapped) is wrapped


@pytest.mark.parametrize("place", [0, 5, 20, -1])
@pytest.mark.parametrize("under", [ONLY_OLD, ONLY_NEW], ids=["old", "new"])
def test_rotation_finds_what_cannot_be_read(under, place):
    wrapped = TenantKey.create("acme").wrap(under)
    blob = bytearray(wrapped.blob)
    blob[place] ^= 0x40
    broken = type(wrapped)(wrapped.id, wrapped.tenant_id, wrapped.master_key_id, bytes(blob))
    with pytest.raises(UnreadableTenantKey):
        rewrap(BOTH, broken)


def test_a_key_whose_master_key_was_removed_too_early_says_which_to_add():
    wrapped = TenantKey.create("acme").wrap(ONLY_OLD)
    for attempt in (TenantKey.unwrap, rewrap):
        with pytest.raises(UnreadableTenantKey) as caught:
            attempt(ONLY_NEW, wrapped)
        assert str(caught.value) == (
            f"The key '{wrapped.id}' of tenant 'acme' is encrypted under the master key '{OLD.id}', which is not "
            f"listed (listed: {NEW.id}). Add that master key after the first in WIDGET_SERVICE_MASTER_KEY or the "
            "master key file, then run: widget-service secrets rotate-key"
        )
