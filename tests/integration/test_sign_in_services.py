"""``examples/sign-in``: its connectors are valid, and sign in at stand-ins as strict as the services they are for."""

import json
import re
import secrets
import time
from pathlib import Path
from typing import ClassVar
from urllib.parse import parse_qsl

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from support.executing import executor
from support.pages import blocks
from support.upstream import Received, Reply, reply_json
from widget_service.registry.check_path import check_path

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "sign-in"
CONNECTORS = json.loads((EXAMPLE / "connectors_registry.json").read_text())["connectors"]
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PEM = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
SECRETS = {
    "servicenow_client_id": "0f1e2d",
    "servicenow_client_secret": "servicenow s3cret",
    "service_account_key": PEM.replace("\n", "\\n"),  # as it stands in the account's JSON file
    "salesforce_consumer_key": "3MVG9.consumer",
    "salesforce_key": PEM,
}
VARIABLES = {
    "servicenow_instance": "dev1",
    "service_account_email": "widgets@project.iam.gserviceaccount.com",
    "calendar_id": "team@example.com",
    "salesforce_domain": "acme",
    "salesforce_user": "anna@example.com",
}
HOSTS = [
    "dev1.service-now.com",
    "www.googleapis.com",
    "oauth2.googleapis.com",
    "acme.my.salesforce.com",
    "login.salesforce.com",
]


class StandIn:
    """One service: its token endpoint refuses what the real one refuses, its API takes only its own tokens."""

    def __init__(self, host: str, path: str, api: str, unauthorized: object) -> None:
        self.host, self.path, self.api, self.unauthorized = host, path, api, unauthorized
        self.given: list[str] = []

    def token(self, received: Received) -> Reply:
        assert received.method == "POST"
        form = dict(parse_qsl(received.body.decode(), strict_parsing=True))
        problem = self.problem_of(form)
        if problem is not None:
            return reply_json(problem, 400)
        self.given.append(f"{secrets.token_hex(4)}!{secrets.token_urlsafe(16)}")
        return reply_json({"access_token": self.given[-1], "token_type": "Bearer", **self.more()})

    def answer(self, received: Received) -> Reply:
        assert received.method == "GET"
        bearer = received.headers.get("authorization", "")
        return reply_json({"ok": True}) if bearer == f"Bearer {self.given[-1]}" else reply_json(self.unauthorized, 401)

    def problem_of(self, form: dict[str, str]) -> object:
        raise NotImplementedError

    def more(self) -> dict[str, object]:
        raise NotImplementedError


class ServiceNow(StandIn):
    def problem_of(self, form):
        wanted = {
            "grant_type": "client_credentials",
            "client_id": SECRETS["servicenow_client_id"],
            "client_secret": SECRETS["servicenow_client_secret"],
        }
        return None if form == wanted else {"error": "server_error", "error_description": "access_denied"}

    def more(self):
        return {"scope": "useraccount", "expires_in": 1799}


class Assertions(StandIn):
    """Takes assertions: who it is from, for whom, what about, and not for longer than it may be."""

    claims: ClassVar[dict[str, str]]
    max_lifetime_s: int

    def problem_of(self, form):
        try:
            decoded = jwt.decode(form["assertion"], RSAKey.import_key(KEY.public_key()), algorithms=["RS256"])
        except JoseError:
            return {"error": "invalid_grant", "error_description": "Invalid JWT Signature."}
        claims = dict(decoded.claims)
        issued_at, expires_at = claims.pop("iat"), claims.pop("exp")
        is_timely = abs(issued_at - time.time()) < 60 and 0 < expires_at - issued_at <= self.max_lifetime_s
        if set(form) != {"grant_type", "assertion"} or form["grant_type"] != JWT_BEARER:
            return {"error": "unsupported_grant_type"}
        return None if is_timely and claims == self.claims else {"error": "invalid_grant"}


class Google(Assertions):
    claims: ClassVar = {
        "iss": VARIABLES["service_account_email"],
        "sub": VARIABLES["service_account_email"],
        "aud": "https://oauth2.googleapis.com/token",
        "scope": "https://www.googleapis.com/auth/calendar.readonly",
    }
    max_lifetime_s = 3600

    def more(self):
        return {"expires_in": 3599}


class Salesforce(Assertions):
    claims: ClassVar = {
        "iss": SECRETS["salesforce_consumer_key"],
        "sub": VARIABLES["salesforce_user"],
        "aud": "https://login.salesforce.com",
    }
    max_lifetime_s = 180

    def more(self):
        """It never says for how long."""
        return {
            "scope": "api",
            "instance_url": "https://acme.my.salesforce.com",
            "id": "https://login.salesforce.com/id",
        }


STAND_INS = {
    "servicenow-cases": ServiceNow(
        "dev1.service-now.com",
        "/oauth_token.do",
        "/api/now/table/sn_customerservice_case",
        {"error": {"message": "User Not Authenticated"}, "status": "failure"},
    ),
    "google-calendar": Google(
        "oauth2.googleapis.com",
        "/token",
        "/calendar/v3/calendars/team%40example.com/events",
        {"error": {"code": 401, "status": "UNAUTHENTICATED"}},
    ),
    "salesforce-contacts": Salesforce(
        "login.salesforce.com",
        "/services/oauth2/token",
        "/services/data/v62.0/query",
        [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}],
    ),
}
LIFETIMES_S = {"servicenow-cases": 1799, "google-calendar": 3599, "salesforce-contacts": 1800}


@pytest.fixture(params=STAND_INS)
def permalink(request, upstream) -> str:
    service = STAND_INS[request.param]
    upstream.replies |= {service.path: service.token, service.api: service.answer}
    return request.param


def running(upstream, **changed):
    mapped = dict.fromkeys(HOSTS, upstream.origin)
    return executor(CONNECTORS, secrets=SECRETS | changed, variables=VARIABLES, host_map=mapped)


def test_the_example_is_valid_and_its_readme_names_what_it_needs():
    [checked] = check_path(EXAMPLE)
    assert not checked.problems
    named = set(re.findall(r"get_(?:secret|variable)\('(\w+)'\)", json.dumps(CONNECTORS)))
    readme = (EXAMPLE / "README.md").read_text()
    assert all(f"`{name}`" in readme for name in named | STAND_INS.keys())
    assert named == SECRETS.keys() | VARIABLES.keys()


def test_the_page_explains_the_very_connectors():
    recipes = [json.loads(text) for text in blocks("docs/how-to/sign-in.md", "json")]
    assert all(connector in recipes for connector in CONNECTORS)


async def test_it_signs_in_once_for_many_calls(upstream, permalink):
    async with running(upstream) as run:
        for _ in range(3):
            execution, answer = await run.execute(permalink)
            assert (answer.status, answer.body) == (200, b'{"ok": true}'), answer.body
        token = execution.token
    assert token.expires_at - token.obtained_at == LIFETIMES_S[permalink]
    assert [received.path for received in upstream.received].count(STAND_INS[permalink].path) == 1


async def test_a_session_that_has_ended_is_noticed_and_replaced(upstream, permalink):
    service = STAND_INS[permalink]
    async with running(upstream) as run:
        await run.execute(permalink)
        service.given.append("another")
        execution, answer = await run.execute(permalink)
    assert answer.status == 200
    assert [step.what for step in execution.sign_in] == ["cached", "refused", "fetched"]


async def test_what_the_service_refuses_is_said(upstream, permalink):
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    wrong = other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    changed = {"servicenow_client_secret": "wr0ng", "service_account_key": wrong, "salesforce_key": wrong}
    async with running(upstream, **changed) as run:
        _, answer = await run.execute(permalink)
    detail = json.loads(answer.body)["errors"]["detail"]
    assert answer.status == 502
    assert STAND_INS[permalink].host in detail
    assert "access_denied" in detail or "Invalid JWT Signature." in detail
    assert "wr0ng" not in detail
