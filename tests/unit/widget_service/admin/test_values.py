"""``/api/v1/secrets``, which go in and never come out, ``/variables``, and ``/audit``."""

import pytest

from support.commands import PLANTS
from widget_service.control import values
from widget_service.control.editing import put_definition

VALUE = "k3y-of-the-destination"


@pytest.fixture
def owner(site):
    return site.token("owner")


async def test_a_secret_goes_in_and_never_comes_out(site, owner):
    body = {"value": VALUE, "origins": ["https://api.example.com"]}
    made = await site.api("PUT", "/secrets/api_key", owner, json=body)
    assert (made.status_code, made.headers["etag"]) == (201, '"1"')
    put_definition(site.plane, "default", "plants", PLANTS, actor="test")
    listed = await site.api("GET", "/secrets", owner)
    [secret] = listed.json()["items"]
    assert (secret["name"], secret["read_by"], secret["origins"]) == ("api_key", ["plants"], body["origins"])
    audit = await site.api("GET", "/audit?action=secret.set", owner)
    for answer in (made, listed, audit):
        assert VALUE not in answer.text
    with site.plane.database.read() as read:
        assert values.secret_value(site.plane, read, "default", "api_key") == VALUE


async def test_a_wrong_value_is_refused_without_being_repeated(site, owner):
    for body in ({"value": ""}, {"value": VALUE, "origins": "x"}, {"value": VALUE, "more": 1}, {"value": [VALUE]}, {}):
        refused = await site.api("PUT", "/secrets/api_key", owner, json=body)
        assert refused.status_code == 422
        assert VALUE not in refused.text
    named = await site.api("PUT", f"/secrets/{VALUE}", owner, json={"value": "x"})
    assert (named.status_code, VALUE in named.text) == (422, False)


@pytest.mark.parametrize(("kind", "path"), [("secret", "/secrets/region"), ("variable", "/variables/region")])
async def test_of_two_who_set_it_at_once_the_second_is_told(site, owner, kind, path):
    tag = (await site.api("PUT", path, owner, json={"value": "one"})).headers["etag"]
    assert (await site.api("PUT", path, owner, json={"value": "two"})).status_code == 428
    assert (await site.api("PUT", path, {**owner, "If-Match": tag}, json={"value": "two"})).status_code == 200
    assert (await site.api("PUT", path, {**owner, "If-Match": tag}, json={"value": "three"})).status_code == 412
    assert (await site.api("DELETE", path, {**owner, "If-Match": tag})).status_code == 412
    assert (await site.api("DELETE", path, {**owner, "If-Match": "*"})).status_code == 204
    assert (await site.api("DELETE", path, {**owner, "If-Match": "*"})).status_code == 404


async def test_who_may_write_but_not_use_secrets_moves_none_by_a_variable(site, owner):
    writer = site.token("writer", "read", "write")
    values.set_variable(site.plane, "default", "host", "api.example.com", actor="test")
    raw = {**PLANTS, "url": "https://{{ get_variable('host') }}/plants"}
    put_definition(site.plane, "default", "plants", raw, actor="test")
    headers = {**writer, "If-Match": "*"}
    refused = await site.api("PUT", "/variables/host", headers, json={"value": "evil.example"})
    assert (refused.status_code, "'api_key' to https://evil.example" in refused.text) == (403, True)
    assert (await site.api("PUT", "/variables/other", writer, json={"value": "x"})).status_code == 201


async def test_the_log_is_read_by_pages_the_youngest_first(site, owner):
    for value in "abc":
        values.set_variable(site.plane, "default", "region", value, actor="cli:anna")
    first = (await site.api("GET", "/audit?limit=2&actor=cli:anna", owner)).json()
    assert [entry["details"]["after"] for entry in first["items"]] == ["c", "b"]
    second = (await site.api("GET", f"/audit?limit=2&actor=cli:anna&cursor={first['next']}", owner)).json()
    assert ([entry["details"]["after"] for entry in second["items"]], second["next"]) == (["a"], None)
    of_nobody = (await site.api("GET", "/audit?of_tenant=nobody", owner)).json()
    assert of_nobody == {"items": [], "next": None}
