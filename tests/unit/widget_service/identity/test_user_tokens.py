"""User tokens: only this tenant's, only signed by its key, only for a day."""

import base64
import hmac
import json

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from widget_service.identity.user_tokens import InvalidUserToken, UserTokens
from widget_service.identity.users import User
from widget_service.vault import MasterKey, MasterKeys

KEY = b"0123456789abcdef0123456789abcdef"
NOW = 1_000_000


def tokens(now: float = NOW) -> UserTokens:
    return UserTokens(KEY, tenant_id="default", clock=lambda: now)


def signed(key: bytes = KEY, algorithm: str = "HS256", **changes: object) -> str:
    claims = {"sub": "u-1", "aud": "default", "iat": NOW, "exp": NOW + 60} | changes
    claims = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode({"alg": algorithm}, claims, OctKey.import_key(key), algorithms=[algorithm])


def test_a_minted_token_names_its_user():
    user = User("u-1", "a@example.com", "anna", "Anna", "Ax", {"7": "Botany"})
    assert tokens().verify(tokens().mint(user)) == user


def test_what_else_a_token_says_are_claims():
    user = tokens().verify(signed(role="admin", groups=["a", "b"], level=2, nbf=NOW, jti="x", iss="y"))
    assert user.claims == {"role": "admin", "groups": ["a", "b"], "level": 2}
    assert "claims" not in user.as_dict()
    assert User.from_dict(user.as_stored()) == user


@pytest.mark.parametrize(
    ("wanted", "has"),
    [
        ({}, True),
        ({"role": "admin"}, True),
        ({"role": "user"}, False),
        ({"groups": "b"}, True),
        ({"groups": ["a", "b"]}, True),
        ({"groups": ["a"]}, False),
        ({"level": 2}, True),
        ({"level": True}, False),
        ({"level": "2"}, False),
        ({"other": None}, True),
        ({"role": "admin", "groups": "c"}, False),
        ({"sub": "u", "email": "a@example.com"}, True),
        ({"sub": "v"}, False),
        ({"email": "b@example.com"}, False),
        ({"given_name": "Anna"}, False),
    ],
)
def test_claims_are_compared_as_json(wanted, has):
    user = User("u", "a@example.com", claims={"role": "admin", "groups": ["a", "b"], "level": 2})
    assert user.has_claims(wanted) is has


def part(data: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(data).encode()).rstrip(b"=").decode()


def signed_by_hand(**changes: object) -> str:
    """A token that says what libraries refuse to write."""
    claims = {"sub": "u-1", "aud": "default", "iat": NOW, "exp": NOW + 60} | changes
    text = f"{part({'alg': 'HS256'})}.{part(claims)}"
    signature = hmac.digest(KEY, text.encode(), "sha256")
    return f"{text}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def unsigned() -> str:
    return f"{part({'alg': 'none'})}.{part({'sub': 'u-1', 'aud': 'default', 'iat': NOW, 'exp': NOW + 60})}."


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        pytest.param(lambda: signed(key=b"x" * 32), "not signed", id="another key"),
        pytest.param(lambda: signed(algorithm="HS512"), "not signed", id="another algorithm"),
        pytest.param(unsigned, "not signed", id="algorithm none"),
        pytest.param(lambda: "garbage", "not signed", id="garbage"),
        pytest.param(lambda: "", "not signed", id="empty"),
        pytest.param(lambda: signed(aud="other"), "aud", id="another tenant"),
        pytest.param(lambda: signed(aud=None), "aud", id="no audience"),
        pytest.param(lambda: signed(exp=None), "exp", id="no expiry"),
        pytest.param(lambda: signed(exp="soon"), "exp", id="an expiry that is no number"),
        pytest.param(lambda: signed(iat=NOW + 3600, exp=NOW + 7200), "future", id="from the future"),
        pytest.param(lambda: signed(exp=NOW + 24 * 3600 + 1), "24 hours", id="longer than a day"),
        pytest.param(lambda: signed(iat=NOW - 60, exp=NOW), "expired", id="expired"),
        pytest.param(lambda: signed(sub=None), "sub", id="nobody"),
        pytest.param(lambda: signed(sub="  "), "sub", id="a blank name"),
        pytest.param(lambda: signed(profile_fields=[1]), "claims", id="profile fields that are no object"),
        pytest.param(lambda: signed(nbf=NOW + 3600), "not valid yet", id="not yet"),
        pytest.param(lambda: signed(nbf="later"), "not valid yet", id="a time that is no number"),
        pytest.param(lambda: signed_by_hand(given_name="\ud800"), "claims", id="half of a character"),
        pytest.param(lambda: signed(email=5), "claims", id="an address that is no text"),
        pytest.param(lambda: signed_by_hand(iat=NOW + 0.5, exp=10**400), "exp", id="an expiry beyond all numbers"),
        pytest.param(lambda: signed_by_hand(iat=-(10**400), exp=NOW + 0.5), "iat", id="from before all times"),
        pytest.param(lambda: signed_by_hand(profile_fields={"1": float("nan")}), "claims", id="what is no number"),
    ],
)
def test_what_is_not_to_be_believed_is_refused(token, reason):
    with pytest.raises(InvalidUserToken, match=reason):
        tokens().verify(token())


def test_a_remembered_token_expires_too():
    now = [NOW]
    verifier = UserTokens(KEY, tenant_id="default", clock=lambda: now[0])
    token = verifier.mint(User("u-1"), lifetime_s=60)
    verifier.verify(token)
    now[0] += 60
    with pytest.raises(InvalidUserToken, match="expired"):
        verifier.verify(token)


def test_a_minted_token_lives_for_a_day_at_most():
    claims = tokens().mint(User("u-1"), lifetime_s=10**9).split(".")[1]
    payload = json.loads(base64.urlsafe_b64decode(claims + "=="))
    assert payload["exp"] - payload["iat"] == 24 * 3600


def test_a_token_outlives_the_replacing_of_the_master_key_while_the_old_one_is_listed():
    old, new = MasterKey(b"a" * 32), MasterKey(b"b" * 32)

    def tokens_of(*keys: MasterKey) -> UserTokens:
        return UserTokens.from_master_keys(MasterKeys(keys), tenant_id="default")

    token = tokens_of(old).mint(User("u-1"))
    assert tokens_of(new, old).verify(token) == User("u-1")
    with pytest.raises(InvalidUserToken, match="not signed"):
        tokens_of(new).verify(token)
    with pytest.raises(InvalidUserToken, match="not signed"):  # the first key signs
        tokens_of(old).verify(tokens_of(new, old).mint(User("u-1")))
