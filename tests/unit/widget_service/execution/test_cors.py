"""What a preflight is told, and of whose connector."""

from dataclasses import replace

import pytest

from widget_service.connectors.definition import ConnectorDefinition
from widget_service.connectors.snapshot import build_snapshot
from widget_service.execution.cors import Cors
from widget_service.identity.callers import Callers
from widget_service.identity.directory import Directory, DirectoryHolder, ServedTenant
from widget_service.identity.origins import OriginPolicy
from widget_service.identity.sessions import Sessions
from widget_service.identity.user_tokens import UserTokens
from widget_service.vault import MasterKey, MasterKeys

KEYS = MasterKeys([MasterKey(b"k" * 32)])
PAGE = "https://www.example.com"
ANY_CALL = ["X-Path-Params", "X-CSRF-Token", "Authorization", "Content-Type", "X-Request-ID"]


def tenant(id_: str, declared: str) -> ServedTenant:
    header = {"key": declared, "value": "", "overridable": True}
    raw = {"name": "Plants", "permalink": "plants", "url": "https://api.example.com/", "headers": [header]}
    snapshot = build_snapshot([ConnectorDefinition.model_validate(raw)], secrets={}, variables={}, tenant_id=id_)
    tokens = UserTokens.from_master_keys(KEYS, tenant_id=id_)
    served = ServedTenant(id_, snapshot, OriginPolicy(allowed_origins=[PAGE]), tokens)
    return replace(served, hosts=frozenset({f"{id_}.example.com"}))


def allowed(cors: Cors, host: str, asked: str) -> list[str]:
    headers = {"host": host, "origin": PAGE, "access-control-request-headers": asked}
    return dict(cors.preflight(headers, "plants"))["Access-Control-Allow-Headers"].split(", ")


@pytest.fixture
def cors() -> Cors:
    tenants = [tenant("default", "Api-Version"), tenant("acme", "Accept-Version")]
    directory = DirectoryHolder(Directory(tenants, shared_hosts=["shared.example.com"]))
    return Cors(Callers(directory, sessions=Sessions(KEYS, secure=True)))


@pytest.mark.parametrize(("host", "declared"), [("default", "Api-Version"), ("acme", "Accept-Version")])
def test_at_a_host_of_a_tenant_what_its_connector_declares_may_be_sent(cors, host, declared):
    assert allowed(cors, f"{host}.example.com", "x-other") == [*ANY_CALL, declared]


def test_at_a_host_that_tenants_share_each_can_be_called_and_none_is_told_about(cors):
    """It cannot be said whose connector is meant: the answer depends on what was asked alone."""
    assert allowed(cors, "shared.example.com", "accept-version,authorization") == [*ANY_CALL, "accept-version"]
    assert allowed(cors, "shared.example.com", "api-version, content-type") == [*ANY_CALL, "api-version"]
    assert allowed(cors, "shared.example.com", "") == ANY_CALL
    assert allowed(cors, "shared.example.com", "cookie, x y, é, *, origin") == [*ANY_CALL, "*"]
