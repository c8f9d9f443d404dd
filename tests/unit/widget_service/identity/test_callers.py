"""Who may call: credential × Origin × Fetch Metadata × CSRF token; exactly the documented cells succeed."""

import itertools

import pytest

from widget_service.errors import CallerError
from widget_service.identity.callers import Callers
from widget_service.identity.origins import OriginPolicy
from widget_service.identity.sessions import Sessions
from widget_service.identity.user_tokens import UserTokens
from widget_service.identity.users import User
from widget_service.vault import MasterKey, MasterKeys

MASTER_KEYS = MasterKeys([MasterKey(b"k" * 32)])
ANNA, BERT = User(id="u-1"), User(id="u-2")
OWN, LISTED, FOREIGN = "http://127.0.0.1:8400", "https://www.example.com", "https://evil.example"


@pytest.fixture(scope="module")
def callers() -> Callers:
    return Callers(
        sessions=Sessions(MASTER_KEYS, secure=False),
        user_tokens=UserTokens.from_master_keys(MASTER_KEYS, tenant_id="default"),
        origins=OriginPolicy(allowed_origins=[LISTED], hosts=["127.0.0.1"]),
    )


CREDENTIALS = ["none", "cookie", "bearer", "both"]
CSRF = ["right", "wrong", "absent"]
ORIGINS = [None, OWN, LISTED, FOREIGN, "null"]
FETCH_SITES = [None, "same-origin", "same-site", "cross-site", "none"]


def expected_code(credential: str, csrf: str, origin: str | None, fetch_site: str | None) -> str | None:
    """The documented outcome of one cell; None: the call goes on."""
    if origin is not None:
        if origin not in (OWN, LISTED):
            return "ORIGIN_NOT_ALLOWED"
    elif (credential == "cookie" and fetch_site not in (None, "same-origin")) or fetch_site == "cross-site":
        return "ORIGIN_NOT_ALLOWED"
    return "CSRF_FAILED" if credential == "cookie" and csrf != "right" else None


@pytest.mark.parametrize(("credential", "csrf"), list(itertools.product(CREDENTIALS, CSRF)))
def test_matrix(callers, credential, csrf):
    opened, other = callers.sessions.open(ANNA), callers.sessions.open(ANNA)
    for origin, fetch_site in itertools.product(ORIGINS, FETCH_SITES):
        headers = {"host": "127.0.0.1:8400"}
        if credential in ("cookie", "both"):
            headers["cookie"] = opened.set_cookie.partition(";")[0]
        if credential in ("bearer", "both"):
            headers["authorization"] = "Bearer " + callers.user_tokens.mint(BERT)
        if csrf != "absent":
            headers["x-csrf-token"] = opened.csrf_token if csrf == "right" else other.csrf_token
        if origin is not None:
            headers["origin"] = origin
        if fetch_site is not None:
            headers["sec-fetch-site"] = fetch_site
        cell = (origin, fetch_site)
        code = expected_code(credential, csrf, origin, fetch_site)
        if code is None:
            user = callers.identify(headers, scheme="http").user
            assert user == {"none": None, "cookie": ANNA, "bearer": BERT, "both": BERT}[credential], cell
        else:
            with pytest.raises(CallerError) as caught:
                callers.identify(headers, scheme="http")
            assert caught.value.code == code, cell


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"host": "evil.example:8400"}, "UNKNOWN_HOST"),
        ({"host": ""}, "UNKNOWN_HOST"),
        ({"host": "127.0.0.1:8400", "authorization": "Bearer nonsense"}, "INVALID_TOKEN"),
        ({"host": "127.0.0.1:8400", "authorization": "bearer "}, "INVALID_TOKEN"),
        ({"host": "127.0.0.1:8400", "cookie": "widget_service_session=nonsense"}, "INVALID_TOKEN"),
        ({"host": "127.0.0.1:8400", "origin": "https://127.0.0.1:8400"}, "ORIGIN_NOT_ALLOWED"),
        ({"host": "127.0.0.1:8400", "origin": "http://127.0.0.1"}, "ORIGIN_NOT_ALLOWED"),
    ],
)
def test_refused(callers, headers, code):
    with pytest.raises(CallerError) as caught:
        callers.identify(headers, scheme="http")
    assert caught.value.code == code


def test_behind_a_proxy_the_own_origin_is_the_public_one():
    policy = OriginPolicy(public_url="https://widgets.example.com")
    assert policy.is_own("https://widgets.example.com", scheme="http", host="10.0.0.7:8400")
    assert not policy.is_own("http://10.0.0.7:8400", scheme="http", host="10.0.0.7:8400")


@pytest.mark.parametrize(
    ("own", "of_others", "host", "is_answered"),
    [
        ([], [], "any.example.com", True),
        ([], ["b.example.com"], "a.example.com", True),
        ([], ["b.example.com"], "B.example.com.:8400", False),
        (["a.example.com"], ["b.example.com"], "A.example.com.", True),
        (["a.example.com"], [], "c.example.com", False),
        (["a.example.com"], [], "", False),
        (["::1", "[::1]"], [], "[::1]:8400", True),
    ],
)
def test_hosts_of_somebody_else_are_not_answered(own, of_others, host, is_answered):
    policy = OriginPolicy(hosts=["first.example.com"])
    policy.answer_to(own, of_others=of_others)
    if is_answered:
        policy.check_host(host)
        return
    with pytest.raises(CallerError) as caught:
        policy.check_host(host)
    assert (caught.value.code, caught.value.status) == ("UNKNOWN_HOST", 421)
