"""Who has logged in at a provider, by its ID token and its user info."""

import pytest

from widget_service.identity.openid import NotBelieved, ProviderMetadata, identity_of

PROVIDER = ProviderMetadata("https://id.example", "https://a", "https://t", "https://k", None, takes_basic=True)
ANNA, MALLORY = "Anna@example.com", "mallory@example.com"


@pytest.mark.parametrize(
    ("claims", "userinfo", "email"),
    [
        ({"email": ANNA, "email_verified": True}, {}, "anna@example.com"),
        ({}, {"email": ANNA, "email_verified": True}, "anna@example.com"),
        ({"email": ANNA}, {"email": ANNA, "email_verified": True}, "anna@example.com"),
        ({"email": ANNA}, {"email": MALLORY, "email_verified": True}, "mallory@example.com"),
        ({"email": ANNA}, {"email_verified": True}, None),
        ({"email_verified": True}, {"email": ANNA}, None),
        ({"email": ANNA, "email_verified": False}, {"email": ANNA, "email_verified": True}, None),
        ({"email": ANNA, "email_verified": "true"}, {}, None),
        ({"email": [ANNA], "email_verified": True}, {}, None),
        ({"email": ANNA}, {}, None),
    ],
)
def test_an_address_counts_where_the_same_document_says_that_it_was_verified(claims, userinfo, email):
    told = {"sub": "1", **userinfo} if userinfo else {}
    assert identity_of({"sub": "1", **claims}, told, PROVIDER).email == email


def test_user_info_of_somebody_else_is_not_believed():
    with pytest.raises(NotBelieved):
        identity_of({"sub": "1"}, {"sub": "2", "email": ANNA, "email_verified": True}, PROVIDER)
