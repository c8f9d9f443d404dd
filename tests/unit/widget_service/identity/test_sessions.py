"""Cookie sessions: what is signed is believed until it expires or ends, and nothing else is."""

import pytest

from widget_service.identity.sessions import SESSION_LIFETIME_S, InvalidSession, Sessions
from widget_service.identity.users import User
from widget_service.vault import MasterKey, MasterKeys

ANNA = User(id="u-1", email="anna@example.com", first_name="Anna", profile_fields={"7": "Botany"})


def master_keys(*letters: bytes) -> MasterKeys:
    return MasterKeys(MasterKey(letter * 32) for letter in letters)


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sessions(clock) -> Sessions:
    return Sessions(master_keys(b"k"), secure=False, clock=clock)


def cookie_of(set_cookie: str) -> str:
    return set_cookie.partition(";")[0]


def test_of_several_cookies_a_valid_one_counts(sessions):
    """A page of another host under the same domain may have tossed one in."""
    name, _, value = cookie_of(sessions.open(None).set_cookie).partition("=")
    assert sessions.read(f"{name}=tossed.in; other=1; {name}={value}") is not None
    with pytest.raises(InvalidSession):
        sessions.read(f"{name}=tossed.in; {name}=x")


def test_services_of_one_host_have_cookies_of_their_own():
    one, other = (Sessions(master_keys(b"k"), secure=False, name_suffix=suffix) for suffix in ("_a", "_b"))
    assert other.read(cookie_of(one.open(None).set_cookie)) is None


@pytest.mark.parametrize("user", [ANNA, None])
def test_an_opened_session_is_read_back(sessions, user):
    opened = sessions.open(user)
    session = sessions.read(f"other=1; {cookie_of(opened.set_cookie)}; more=2")
    assert session == opened.session
    assert session.user == user
    assert session.csrf_token_matches(opened.csrf_token)


def test_each_session_has_a_csrf_token_of_its_own(sessions):
    assert sessions.open(ANNA).csrf_token != sessions.open(ANNA).csrf_token


@pytest.mark.parametrize("candidate", ["", "x", "é", "\udcff"])
def test_another_csrf_token_does_not_match(sessions, candidate):
    assert not sessions.open(None).session.csrf_token_matches(candidate)


def test_no_cookie_is_no_session(sessions):
    assert sessions.read("a=1; widget_service_sessionx=2") is None


def test_the_cookie_is_kept_from_scripts_and_other_sites(sessions):
    attributes = sessions.open(None).set_cookie.split("; ")[1:]
    assert attributes == ["Path=/", f"Max-Age={SESSION_LIFETIME_S}", "HttpOnly", "SameSite=Lax"]


def test_outside_development_the_cookie_is_secure_and_bound_to_the_host():
    set_cookie = Sessions(master_keys(b"k"), secure=True).open(None).set_cookie
    assert set_cookie.startswith("__Host-widget_service_session=")
    assert "; Secure" in set_cookie
    assert "Domain" not in set_cookie


def test_an_expired_session_is_refused_also_when_it_is_remembered(sessions, clock):
    cookie = cookie_of(sessions.open(ANNA).set_cookie)
    sessions.read(cookie)
    clock.now += SESSION_LIFETIME_S
    with pytest.raises(InvalidSession, match="expired"):
        sessions.read(cookie)


def test_an_ended_session_is_refused_also_to_those_who_kept_the_cookie(sessions):
    opened = sessions.open(ANNA)
    cookie = cookie_of(opened.set_cookie)
    removal = sessions.end(sessions.read(cookie))
    assert "Max-Age=0" in removal
    with pytest.raises(InvalidSession, match="ended"):
        sessions.read(cookie)


def _flip(text: str) -> str:
    return text[:-2] + ("A" if text[-2] != "A" else "B") + text[-1]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(_flip, id="signature changed"),
        pytest.param(lambda value: value.replace("=e", "=f", 1), id="payload changed"),
        pytest.param(lambda value: value.partition(".")[0], id="no signature"),
        pytest.param(lambda value: value + ".x", id="a third part"),
        pytest.param(lambda value: value.partition("=")[0] + "=", id="empty"),
        pytest.param(lambda value: value.partition("=")[0] + "=é.ü", id="no base64"),
    ],
)
def test_a_forged_or_garbled_cookie_is_refused(sessions, change):
    cookie = cookie_of(sessions.open(ANNA).set_cookie)
    assert change(cookie) != cookie
    with pytest.raises(InvalidSession):
        sessions.read(change(cookie))


def test_a_cookie_of_another_service_is_refused(sessions):
    foreign = Sessions(master_keys(b"x"), secure=False).open(ANNA)
    with pytest.raises(InvalidSession):
        sessions.read(cookie_of(foreign.set_cookie))


def test_a_session_outlives_the_replacing_of_the_master_key_while_the_old_one_is_listed():
    before = Sessions(master_keys(b"a"), secure=False)
    opened = before.open(ANNA)
    cookie = cookie_of(opened.set_cookie)
    both = Sessions(master_keys(b"b", b"a"), secure=False)
    assert both.read(cookie) == opened.session  # with the CSRF token that its pages hold
    with pytest.raises(InvalidSession):
        Sessions(master_keys(b"b"), secure=False).read(cookie)
    with pytest.raises(InvalidSession):  # the first key signs
        before.read(cookie_of(both.open(ANNA).set_cookie))
