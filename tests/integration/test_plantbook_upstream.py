"""The example's own API, as a process of its own: who may ask, what is found, and which orders are taken."""

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import httpx2
import pytest

from support.processes import free_port, running

SERVER = Path(__file__).parents[2] / "examples" / "plantbook" / "upstream" / "server.py"
PLANTS = json.loads((SERVER.parent / "plantbook_api" / "plants.json").read_text(encoding="utf-8"))
KEY = "key-of-this-test-5d1c"
INTERNAL = {"supplier", "supplier_cost", "warehouse", "stock", "status"}


@pytest.fixture(scope="module")
def origin(tmp_path_factory) -> Iterator[str]:
    port = free_port()
    log = tmp_path_factory.mktemp("plantbook") / "upstream.log"
    with running([str(SERVER), "--port", str(port), "--key", KEY], port=port, log=log):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="module")
def api(origin) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=origin, headers={"X-Api-Key": KEY}, trust_env=False) as client:
        yield client


def names(response: httpx2.Response) -> list[str]:
    assert response.status_code == 200, response.text
    return [plant["name"] for plant in response.json()]


# The data


def test_there_are_many_plants_and_each_has_an_id_of_its_own():
    assert len(PLANTS) >= 120
    assert len({plant["id"] for plant in PLANTS}) == len({plant["name"] for plant in PLANTS}) == len(PLANTS)


@pytest.mark.parametrize(
    "rule",
    [
        lambda plant: plant["id"].replace("-", "").isalnum() and plant["id"].islower(),
        lambda plant: plant["light"] in ("low", "medium", "bright", "direct"),
        lambda plant: plant["humidity"] in ("dry", "average", "high"),
        lambda plant: plant["toxicity"] in ("none", "pets", "pets_and_people"),
        lambda plant: plant["temperature_c"]["min"] < plant["temperature_c"]["max"],
        lambda plant: 1 <= plant["water_interval_days"] <= 31,
        lambda plant: 0 < plant["supplier_cost_eur"] < plant["price_eur"],
        lambda plant: any(plant["stock"].values()),
    ],
)
def test_every_plant_is_sensible(rule):
    assert [plant["id"] for plant in PLANTS if not rule(plant)] == []


# The key


@pytest.mark.parametrize("headers", [{}, {"X-Api-Key": ""}, {"X-Api-Key": "wrong"}, {"X-Api-Key": KEY + "x"}])
@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/v1/plants"), ("GET", "/v1/plants/monstera"), ("POST", "/v1/orders")]
)
def test_without_the_key_nothing_is_told(origin, method, path, headers):
    response = httpx2.request(method, origin + path, headers=headers, trust_env=False)
    assert response.status_code == 401
    assert "X-Api-Key" in response.json()["message"]


def test_health_needs_no_key(origin):
    assert httpx2.get(f"{origin}/healthz", trust_env=False).json() == {"status": "ok"}


# Searching


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"q": "monstera"}, {"Monstera", "Mini Monstera"}),
        ({"q": "MONSTERA"}, {"Monstera", "Mini Monstera"}),
        ({"q": "boston fern"}, {"Boston Fern"}),
        ({"q": "norfolk"}, {"Norfolk Island Pine"}),
        ({"q": "adiantum"}, {"Maidenhair Fern"}),
        ({"q": "no such plant"}, set()),
    ],
)
def test_every_word_is_looked_for_in_names_families_and_origins(api, query, expected):
    assert expected <= set(names(api.get("/v1/plants", params=query)))
    assert bool(expected) == bool(names(api.get("/v1/plants", params=query)))


def test_plants_whose_name_matches_come_first(api):
    found = names(api.get("/v1/plants", params={"q": "palm", "limit": 100}))
    matches = ["palm" in name.lower() for name in found]
    assert matches == sorted(matches, reverse=True)
    assert True in matches


@pytest.mark.parametrize(
    ("query", "holds"),
    [
        ({"light": "low"}, lambda plant: plant["light"] == "low"),
        ({"pet_safe": "true"}, lambda plant: plant["toxicity"] == "none"),
        ({"pet_safe": "false"}, lambda plant: plant["toxicity"] != "none"),
        ({"status": "published"}, lambda plant: plant["status"] == "published"),
        ({"status": "draft"}, lambda plant: plant["status"] == "draft"),
        ({"q": "", "light": "", "pet_safe": ""}, lambda plant: True),
    ],
)
def test_a_filter_keeps_exactly_what_it_says(api, query, holds):
    response = api.get("/v1/plants", params={**query, "limit": 100})
    wanted = [plant["name"] for plant in PLANTS if holds(plant)]
    assert names(response) == wanted[:100]
    assert response.headers["x-total-count"] == str(len(wanted))


def test_names_are_sorted_on_demand(api):
    found = names(api.get("/v1/plants", params={"sort": "name", "limit": 100}))
    assert found == sorted((plant["name"] for plant in PLANTS), key=str.casefold)[:100]


def test_pages_follow_one_another_without_gap(api):
    pages = [names(api.get("/v1/plants", params={"limit": 50, "offset": offset})) for offset in range(0, 250, 50)]
    assert [name for page in pages for name in page] == [plant["name"] for plant in PLANTS]
    assert pages[-1] == []


@pytest.mark.parametrize(
    ("query", "headers"),
    [
        ({"limit": "0"}, {}),
        ({"limit": "101"}, {}),
        ({"limit": "ten"}, {}),
        ({"offset": "-1"}, {}),
        ({"offset": "9" * 5000}, {}),
        ({"light": "dark"}, {}),
        ({"pet_safe": "maybe"}, {}),
        ({"status": "secret"}, {}),
        ({"sort": "price"}, {}),
        ({}, {"X-Plantbook-Region": "moon"}),
    ],
)
def test_a_question_that_makes_no_sense_is_told_so(api, query, headers):
    response = api.get("/v1/plants", params=query, headers=headers)
    assert response.status_code == 400
    assert "must be" in response.json()["message"]


# One plant


def test_a_plant_is_told_with_the_shops_own_figures(api):
    plant = api.get("/v1/plants/monstera").json()
    assert (plant["name"], plant["latin_name"]) == ("Monstera", "Monstera deliciosa")
    assert plant.keys() >= INTERNAL, "there must be something that a connector has to hold back"


def test_an_unknown_plant_is_not_found(api):
    response = api.get("/v1/plants/triffid")
    assert response.status_code == 404
    assert "triffid" in response.json()["message"]


def test_prices_follow_the_region(api):
    prices = [
        api.get("/v1/plants/monstera", headers={"X-Plantbook-Region": region}).json()["price"]
        for region in ("eu", "uk", "us")
    ]
    assert [price["currency"] for price in prices] == ["EUR", "GBP", "USD"]
    assert len({price["amount"] for price in prices}) == 3


@pytest.mark.parametrize("path", ["/v1/plants", "/v1/plants/monstera"])
def test_what_was_read_need_not_be_read_again(api, path):
    first = api.get(path)
    again = api.get(path, headers={"If-None-Match": f'"other", W/{first.headers["etag"]}'})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert "max-age=60" in first.headers["cache-control"]
    assert first.headers["vary"] == "X-Plantbook-Region"
    assert api.get(path, headers={"X-Plantbook-Region": "us"}).headers["etag"] != first.headers["etag"]


# Orders


def test_an_order_is_taken(api):
    response = api.post("/v1/orders", json={"name": " monstera ", "size": "m", "email": "anna@example.com"})
    assert response.status_code == 201
    assert response.headers["cache-control"] == "no-store"
    order = response.json()
    assert order["order_number"].startswith("PB-")
    assert (order["plant"]["name"], order["size"]) == ("Monstera", "M")
    assert order["price"] == {"amount": 29.9, "currency": "EUR"}
    assert order["confirmation_to"] == "anna@example.com"
    first, last = (date.fromisoformat(order["delivery"][key]) for key in ("from", "to"))
    assert datetime.now(UTC).date() < first < last
    assert {first.weekday(), last.weekday()} <= set(range(5))


def test_a_large_plant_takes_longer(api):
    orders = [api.post("/v1/orders", json={"name": "Monstera", "size": size}).json() for size in "SML"]
    small, medium, large = (order["delivery"]["from"] for order in orders)
    assert small == medium < large


def test_orders_are_numbered_one_after_another(api):
    orders = [api.post("/v1/orders", json={"name": "Monstera", "size": "S"}).json() for _ in range(3)]
    numbers = [int(order["order_number"].removeprefix("PB-")) for order in orders]
    assert numbers == list(range(numbers[0], numbers[0] + 3))
    assert orders[0]["confirmation_to"] is None


@pytest.mark.parametrize(
    ("payload", "problems"),
    [
        ({}, {"name": "Which plant", "size": "S, M or L"}),
        ({"name": "Monstera"}, {"size": "S, M or L"}),
        ({"name": "Monstera", "size": "XXL"}, {"size": "S, M or L"}),
        ({"name": "Monstera", "size": None}, {"size": "S, M or L"}),
        ({"name": ["Monstera"], "size": "M"}, {"name": "Which plant"}),
        ({"name": "  ", "size": "M"}, {"name": "Which plant"}),
        ({"name": "Monstra", "size": "M"}, {"name": "Did you mean Monstera?"}),
        ({"name": "Qwertz", "size": "M"}, {"name": "no plant called “Qwertz”."}),
        ({"name": "x" * 81, "size": "M"}, {"name": "at most 80"}),
        ({"name": "Hyacinth", "size": "M"}, {"name": "no plant called"}),
        ({"name": "Bird of Paradise", "size": "L"}, {"size": "sold out in size L; we have it in S and M."}),
        ({"name": "Monstera", "size": "M", "email": "nobody"}, {"email": "no e-mail address"}),
        ({"name": "Monstera", "size": "M", "email": 1}, {"email": "no e-mail address"}),
        ([], {"": "a name and a size"}),
    ],
)
def test_a_faulty_order_is_refused_with_every_problem(api, payload, problems):
    response = api.post("/v1/orders", json=payload)
    assert response.status_code == 422
    told = {error["field"]: error["message"] for error in response.json()["errors"]}
    assert told.keys() == problems.keys()
    assert all(problems[field] in told[field] for field in problems)


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [(b"{", 400, "JSON"), (b"\xff", 400, "JSON"), (b'"%s"' % (b"x" * 70_000), 413, "at most")],
)
def test_a_body_that_cannot_be_read_is_told_so(api, body, status, message):
    response = api.post("/v1/orders", content=body)
    assert response.status_code == status
    assert message in response.json()["message"]


@pytest.mark.parametrize(("method", "path", "status"), [("DELETE", "/v1/orders", 405), ("GET", "/v2/plants", 404)])
def test_there_is_nothing_else(api, method, path, status):
    response = api.request(method, path)
    assert response.status_code == status
    assert response.json().keys() == {"message"}


# The process


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_it_says_when_it_is_ready_and_does_not_wait_for_requests_to_stop(ending):
    port = free_port()
    command = [sys.executable, str(SERVER), "--port", str(port), "--key", KEY, "--delay-ms", "60000"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline().strip() == f"Plantbook API ready on http://127.0.0.1:{port}"
            with socket.create_connection(("127.0.0.1", port)) as waiting:
                waiting.sendall(f"GET /v1/plants HTTP/1.1\r\nHost: shop\r\nX-Api-Key: {KEY}\r\n\r\n".encode())
                httpx2.get(f"http://127.0.0.1:{port}/healthz", trust_env=False)  # now the other one is under way
                process.send_signal(ending)
                assert process.wait(timeout=10) == 0
        finally:
            process.kill()


def test_a_taken_port_is_told(origin):
    port = origin.rpartition(":")[2]
    done = subprocess.run([sys.executable, str(SERVER), "--port", port], capture_output=True, text=True, timeout=20)
    assert done.returncode == 1
    assert f"Port {port} is taken" in done.stderr
    assert "Traceback" not in done.stderr
