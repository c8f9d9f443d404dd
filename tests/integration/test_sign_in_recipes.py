"""The recipes of ``docs/how-to/sign-in.md``: every one is valid, and signs in when it is executed."""

import json
import re
from urllib.parse import parse_qs

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from support.executing import executor
from support.pages import blocks
from support.upstream import reply_json
from widget_service.connectors.authentication_config import CONFIGS
from widget_service.connectors.permalink import permalink_from_name

RECIPES = [json.loads(text) for text in blocks("docs/how-to/sign-in.md", "json")]
NAMES = re.compile(r"get_(secret|variable)\('(\w+)'\)")

TOKEN_PATHS = {
    "/" + recipe["authentication"]["config"]["token_url"].split("/", 3)[3]
    for recipe in RECIPES
    if "token_url" in recipe["authentication"]["config"]
}


def pem(key) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode().replace("\n", "\\n")


RSA_KEY, EC_KEY = (
    pem(rsa.generate_private_key(public_exponent=65537, key_size=2048)),
    pem(ec.generate_private_key(ec.SECP256R1())),
)


def value_of(name: str) -> str:
    if name == "signing_key":
        return EC_KEY
    return RSA_KEY if name.endswith("_key") and name not in ("orders_key", "salesforce_consumer_key") else "a1"


def test_every_type_has_a_recipe():
    assert {recipe["authentication"]["type"] for recipe in RECIPES} == CONFIGS.keys() - {"none"}


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe["name"])
async def test_a_recipe_signs_in(recipe, upstream):
    names = set(NAMES.findall(json.dumps(recipe)))
    values = {kind: {name: value_of(name) for each, name in names if each == kind} for kind in ("secret", "variable")}
    urls = [recipe["url"], recipe["authentication"]["config"].get("token_url", "")]
    hosts = {re.sub(r"\{\{.*?\}\}", "a1", url).split("/")[2] for url in urls if url}
    upstream.replies |= {path: reply_json({"access_token": "t0ken"}) for path in TOKEN_PATHS}
    mapped = dict.fromkeys(hosts, upstream.origin)
    async with executor([recipe], secrets=values["secret"], variables=values["variable"], host_map=mapped) as running:
        permalink = recipe.get("permalink") or permalink_from_name(recipe["name"])
        execution, answer = await running.execute(permalink)
    assert answer.status == 200, answer.body
    assert execution.credential is not None
    if "token_url" in recipe["authentication"]["config"]:
        asked, called = upstream.received
        assert asked.headers["content-type"] == "application/x-www-form-urlencoded"
        assert parse_qs(asked.body.decode())["grant_type"]
        assert called.headers["authorization"] == "Bearer t0ken"
    else:
        assert len(upstream.received) == 1
