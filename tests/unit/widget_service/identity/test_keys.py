"""Signing keys: the first signs, all verify."""

import pytest

from widget_service.identity.keys import SigningKeys

OLD, NEW, FOREIGN = b"o" * 32, b"n" * 32, b"f" * 32


@pytest.mark.parametrize(
    ("signed_by", "signer"),
    [([NEW], 0), ([NEW, OLD], 0), ([OLD], 1), ([OLD, NEW], 1), ([FOREIGN], None)],
)
def test_whoever_is_listed_is_recognised(signed_by, signer):
    signature = SigningKeys(signed_by).sign(b"data")
    assert SigningKeys([NEW, OLD]).signer_of(b"data", signature) == signer
    assert SigningKeys([NEW, OLD]).signer_of(b"other data", signature) is None


@pytest.mark.parametrize("signature", [b"", b"x", b"x" * 32, SigningKeys([NEW]).sign(b"data")[:-1]])
def test_what_is_no_signature_has_no_signer(signature):
    assert SigningKeys([NEW]).signer_of(b"data", signature) is None


def test_one_of_the_keys_can_be_asked_to_sign():
    assert SigningKeys([NEW, OLD]).sign(b"data", by=1) == SigningKeys([OLD]).sign(b"data")
