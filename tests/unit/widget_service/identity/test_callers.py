"""Who may call: credential × Origin × Fetch Metadata × CSRF token; exactly the documented cells succeed."""

import itertools
from dataclasses import replace

import pytest

from widget_service.connectors.snapshot import Snapshot, SnapshotHolder
from widget_service.errors import CallerError
from widget_service.identity.callers import Callers
from widget_service.identity.directory import Directory, DirectoryHolder, OneTenant, ServedTenant
from widget_service.identity.origins import OriginPolicy
from widget_service.identity.sessions import Sessions
from widget_service.identity.user_tokens import UserTokens
from widget_service.identity.users import User
from widget_service.vault import MasterKey, MasterKeys

MASTER_KEYS = MasterKeys([MasterKey(b"k" * 32)])
ANNA, BERT = User(id="u-1"), User(id="u-2")
OWN, LISTED, FOREIGN = "http://127.0.0.1:8400", "https://www.example.com", "https://evil.example"


TOKENS = UserTokens.from_master_keys(MASTER_KEYS, tenant_id="default")


def callers_of_one_tenant(*, allow_anonymous: bool = True) -> Callers:
    tenant = OneTenant(
        SnapshotHolder(Snapshot()),
        origins=OriginPolicy(allowed_origins=[LISTED]),
        user_tokens=TOKENS,
        hosts=["127.0.0.1"],
        allow_anonymous=allow_anonymous,
    )
    return Callers(tenant, sessions=Sessions(MASTER_KEYS, secure=False))


@pytest.fixture(scope="module")
def callers() -> Callers:
    return callers_of_one_tenant()


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
async def test_matrix(callers, credential, csrf):
    opened, other = callers.sessions.open(ANNA), callers.sessions.open(ANNA)
    for origin, fetch_site in itertools.product(ORIGINS, FETCH_SITES):
        headers = {"host": "127.0.0.1:8400"}
        if credential in ("cookie", "both"):
            headers["cookie"] = opened.set_cookie.partition(";")[0]
        if credential in ("bearer", "both"):
            headers["authorization"] = "Bearer " + TOKENS.mint(BERT)
        if csrf != "absent":
            headers["x-csrf-token"] = opened.csrf_token if csrf == "right" else other.csrf_token
        if origin is not None:
            headers["origin"] = origin
        if fetch_site is not None:
            headers["sec-fetch-site"] = fetch_site
        cell = (origin, fetch_site)
        code = expected_code(credential, csrf, origin, fetch_site)
        if code is None:
            user = (await callers.identify(headers, scheme="http")).caller.user
            assert user == {"none": None, "cookie": ANNA, "bearer": BERT, "both": BERT}[credential], cell
        else:
            with pytest.raises(CallerError) as caught:
                await callers.identify(headers, scheme="http")
            assert caught.value.code == code, cell


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"host": "evil.example:8400"}, "UNKNOWN_HOST"),
        ({"host": ""}, "UNKNOWN_HOST"),
        ({"host": "127.0.0.1:8400", "authorization": "Bearer nonsense"}, "INVALID_TOKEN"),
        ({"host": "127.0.0.1:8400", "authorization": "bearer "}, "INVALID_TOKEN"),
        ({"host": "127.0.0.1:8400", "authorization": "Bearer\tnonsense"}, "INVALID_TOKEN"),
        ({"host": "127.0.0.1:8400", "cookie": "widget_service_session=nonsense"}, "INVALID_TOKEN"),
        ({"host": "127.0.0.1:8400", "origin": "https://127.0.0.1:8400"}, "ORIGIN_NOT_ALLOWED"),
        ({"host": "127.0.0.1:8400", "origin": "http://127.0.0.1"}, "ORIGIN_NOT_ALLOWED"),
    ],
)
async def test_refused(callers, headers, code):
    with pytest.raises(CallerError) as caught:
        await callers.identify(headers, scheme="http")
    assert caught.value.code == code


def test_behind_a_proxy_the_own_origin_is_the_public_one():
    policy = OriginPolicy(public_url="https://widgets.example.com")
    assert policy.is_own("https://widgets.example.com", scheme="http", host="10.0.0.7:8400")
    assert not policy.is_own("http://10.0.0.7:8400", scheme="http", host="10.0.0.7:8400")


def served(id_: str, *hosts: str, origins: tuple[str, ...] = ()) -> ServedTenant:
    """A tenant with keys of its own."""
    tokens = UserTokens.from_master_keys(MASTER_KEYS, tenant_id=id_)
    policy = OriginPolicy(public_url="https://shared.example.com", allowed_origins=origins, own_hosts=hosts)
    return ServedTenant(id_, Snapshot(tenant_id=id_), policy, tokens, hosts=frozenset(hosts))


@pytest.mark.parametrize(
    ("tenants", "host", "tenant"),
    [
        ({"default": []}, "any.example.com", "default"),
        ({"default": []}, "", "default"),
        ({"default": [], "b": ["b.example.com"]}, "B.example.com.:8400", "b"),
        ({"default": [], "b": ["b.example.com"]}, "a.example.com", None),
        ({"default": [], "b": []}, "a.example.com", None),
        ({"default": ["a.example.com"], "b": ["b.example.com"]}, "A.example.com.", "default"),
        ({"default": ["a.example.com"]}, "c.example.com", None),
        ({"default": ["a.example.com"]}, "", None),
        ({"default": ["::1", "[::1]"]}, "[::1]:8400", "default"),
        ({"b": []}, "a.example.com", None),
        ({}, "a.example.com", None),
    ],
)
def test_a_host_names_its_tenant_and_a_host_of_nobody_is_refused(tenants, host, tenant):
    directory = Directory([served(id_, *hosts) for id_, hosts in tenants.items()])
    if tenant is not None:
        found = directory.tenant_of_host(host)
        assert found is not None
        assert found.id == tenant
        return
    with pytest.raises(CallerError) as caught:
        directory.tenant_of_host(host)
    assert (caught.value.code, caught.value.status) == ("UNKNOWN_HOST", 421)


A_HOST, B_HOST, SHARED = "a.example.com", "b.example.com", "shared.example.com"


@pytest.fixture
def two_tenants() -> Callers:
    tenants = [served("default", A_HOST), served("b", B_HOST, origins=(LISTED,))]
    directory = DirectoryHolder(Directory(tenants, shared_hosts=[SHARED]))
    return Callers(directory, sessions=Sessions(MASTER_KEYS, secure=False))


@pytest.mark.parametrize(
    ("host", "token_of", "session_of", "outcome"),
    [
        (A_HOST, None, None, "default"),
        (B_HOST, None, None, "b"),
        (SHARED, None, None, "default"),
        (A_HOST, "default", None, "default"),
        (A_HOST, "b", None, "INVALID_TOKEN"),
        (B_HOST, "default", None, "INVALID_TOKEN"),
        (SHARED, "b", None, "b"),
        (SHARED, "default", None, "default"),
        (SHARED, "nobody", None, "INVALID_TOKEN"),
        (A_HOST, None, "default", "default"),
        (A_HOST, None, "b", "INVALID_TOKEN"),
        (B_HOST, None, "default", "INVALID_TOKEN"),
        (SHARED, None, "b", "b"),
        (SHARED, "default", "b", "default"),
        (SHARED, None, "gone", "INVALID_TOKEN"),
        (A_HOST, None, "gone", "INVALID_TOKEN"),
    ],
)
async def test_the_tenant_is_the_host_s_else_the_token_s_else_the_default_one(
    two_tenants, host, token_of, session_of, outcome
):
    headers = {"host": host}
    if token_of is not None:
        token = UserTokens.from_master_keys(MASTER_KEYS, tenant_id=token_of).mint(ANNA)
        headers["authorization"] = f"Bearer {token}"
    if session_of is not None:
        opened = two_tenants.sessions.open(ANNA, tenant_id=session_of)
        headers |= {"cookie": opened.set_cookie.partition(";")[0], "x-csrf-token": opened.csrf_token}
    try:
        got = (await two_tenants.identify(headers, scheme="https")).snapshot.tenant_id
    except CallerError as error:
        got = error.code
    assert got == outcome


@pytest.mark.parametrize(("since_s", "is_valid"), [(-60, True), (0, True), (60, False)])
async def test_a_session_is_none_of_a_later_tenant_of_the_same_name(since_s, is_valid):
    sessions = Sessions(MASTER_KEYS, secure=False)
    opened = sessions.open(ANNA)
    tenant = replace(served("default", A_HOST), since=opened.session.opened_at + since_s)
    callers = Callers(DirectoryHolder(Directory([tenant])), sessions=sessions)
    headers = {"host": A_HOST, "cookie": opened.set_cookie.partition(";")[0], "x-csrf-token": opened.csrf_token}
    if is_valid:
        assert (await callers.identify(headers, scheme="http")).caller.user == ANNA
        return
    with pytest.raises(CallerError) as caught:
        await callers.identify(headers, scheme="http")
    assert caught.value.code == "INVALID_TOKEN"


async def test_a_token_for_several_tenants_names_none(two_tenants):
    from joserfc import jwt
    from joserfc.jwk import OctKey

    key = OctKey.import_key(b"k" * 32)
    token = jwt.encode({"alg": "HS256"}, {"aud": ["default", "b"], "sub": "u"}, key)
    with pytest.raises(CallerError, match="several tenants"):
        await two_tenants.identify({"host": SHARED, "authorization": f"Bearer {token}"}, scheme="https")


@pytest.mark.parametrize(
    ("host", "origin", "is_allowed"),
    [
        (B_HOST, f"https://{B_HOST}", True),
        (B_HOST, f"http://{B_HOST}", False),
        (B_HOST, f"https://{SHARED}", False),
        (B_HOST, LISTED, True),
        (A_HOST, LISTED, False),
        (A_HOST, f"https://{B_HOST}", False),
        (SHARED, f"https://{SHARED}", True),
        (SHARED, LISTED, False),
    ],
)
async def test_each_tenant_has_an_origin_of_its_own_and_lists_others(two_tenants, host, origin, is_allowed):
    """The scheme is that of the public URL, as a proxy stands before the service."""
    call = two_tenants.identify({"host": host, "origin": origin}, scheme="http")
    if is_allowed:
        await call
        return
    with pytest.raises(CallerError) as caught:
        await call
    assert caught.value.code == "ORIGIN_NOT_ALLOWED"


async def test_a_tenant_can_refuse_anonymous_callers():
    callers = callers_of_one_tenant(allow_anonymous=False)
    anonymous_session = callers.sessions.open(None)
    cookie = {"cookie": anonymous_session.set_cookie.partition(";")[0], "x-csrf-token": anonymous_session.csrf_token}
    for credential in ({}, cookie):
        with pytest.raises(CallerError) as caught:
            await callers.identify({"host": "127.0.0.1", **credential}, scheme="http")
        assert (caught.value.code, caught.value.status) == ("AUTHENTICATION_REQUIRED", 401)
    token = {"authorization": f"Bearer {TOKENS.mint(ANNA)}"}
    assert (await callers.identify({"host": "127.0.0.1", **token}, scheme="http")).caller.user == ANNA
