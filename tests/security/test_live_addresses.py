"""Whatever way an address takes to a running service, the destination is called only where it is public or admitted."""

import asyncio
import re
import threading
from ipaddress import ip_address

import httpx2
import pytest

from support.bare_service import Setup, bare_service
from support.names import NameServer
from unit.widget_service.egress.authority import Authority
from unit.widget_service.egress.scripted import answering, scripted
from unit.widget_service.egress.vectors import cases, refused_addresses

HERE = "127.0.0.1"
PUBLIC = "93.184.216.34"
REFUSED = [address for address in refused_addresses() if "%" not in address]
ELSEWHERE = [
    address
    for address in REFUSED
    if address != HERE and getattr(ip_address(address), "ipv4_mapped", None) != ip_address(HERE)
]
SPELLINGS = [case["url"] for case in cases("urls/refused.json")]
# Of a redirect the fragment is dropped, spaces are encoded, and what has no scheme is relative: those are no refusals.
ABSOLUTE = [url for url in SPELLINGS if re.fullmatch(r"https?://[\x21\x22\x24-\x7e]+", url)]


def origin_of(address, scheme="https"):
    return f"{scheme}://[{address}]" if ":" in address else f"{scheme}://{address}"


@pytest.fixture(scope="module")
def destination(tmp_path_factory):
    """A TLS server here which redirects to where the query says; ``requests`` are what reached it."""
    authority = Authority(tmp_path_factory.mktemp("authority"))
    context = authority.server(HERE, "here.example", "moves.example")
    started, over = threading.Event(), threading.Event()
    found = {}

    def answer(request):
        target = request.split(b" ")[1]
        if b"?to=" not in target:
            return b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
        location = bytes.fromhex(target.partition(b"?to=")[2].decode())
        return b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + location + b"\r\n\r\n"

    async def serve():
        async with scripted(answering(answer), tls=context) as server:
            found["server"] = server
            started.set()
            await asyncio.to_thread(over.wait)

    thread = threading.Thread(target=asyncio.run, args=(serve(),), daemon=True)
    thread.start()
    assert started.wait(10)
    found["server"].ca_file = authority.ca_file
    yield found["server"]
    over.set()
    thread.join(10)


@pytest.fixture(scope="module")
def names():
    with NameServer().serving() as server:
        server.names = {f"n{number}.example": [address] for number, address in enumerate(ELSEWHERE)}
        server.names |= {f"m{number}.example": [PUBLIC, address] for number, address in enumerate(ELSEWHERE)}
        server.names["here.example"] = [HERE]
        yield server


@pytest.fixture(scope="module")
def service(destination, names, tmp_path_factory):
    literal = [
        {"name": f"l{number}", "url": f"{origin_of(address, scheme)}/"}
        for number, (address, scheme) in enumerate([(a, s) for a in ELSEWHERE for s in ("https", "http")])
    ]
    spelled = {f"s{number}": url for number, url in enumerate(SPELLINGS)}
    addressed = {f"a{number}": origin_of(address) for number, address in enumerate(ELSEWHERE)}
    named = {f"n{number}": f"https://n{number}.example" for number in range(len(ELSEWHERE))}
    beside = {f"m{number}": f"https://m{number}.example" for number in range(len(ELSEWHERE))}
    variables = spelled | addressed | named | beside
    variable = [{"name": name, "url": f"{{{{ get_variable('{name}') }}}}"} for name in variables]
    here = [
        {"name": "redirect", "url": f"{destination.origin}/"},
        {"name": "here", "url": f"https://here.example:{destination.port}/"},
        {"name": "moves", "url": f"https://moves.example:{destination.port}/"},
    ]
    setup = Setup(
        connectors=[*literal, *variable, *here],
        variables=variables,
        networks=[f"{HERE}/32"],
        name_server_port=names.port,
        ca_file=destination.ca_file,
    )
    with bare_service(tmp_path_factory.mktemp("service"), setup) as service, httpx2.Client(trust_env=False) as client:
        service.get = lambda permalink, **options: client.get(service.url(permalink), **options)
        yield service


def codes_of(service, permalinks, **options):
    """Return the code of each answer that is not the refusal of the guard."""
    answers = {permalink: service.get(permalink, **options) for permalink in permalinks}
    assert answers
    return {
        permalink: answer.text
        for permalink, answer in answers.items()
        if answer.status_code != 422 or answer.json()["errors"]["code"] != "DESTINATION_NOT_ALLOWED"
    }


def test_as_a_literal_url(service):
    assert codes_of(service, [f"l{number}" for number in range(2 * len(ELSEWHERE))]) == {}


@pytest.mark.parametrize(
    ("letter", "count"), [("a", len(ELSEWHERE)), ("s", len(SPELLINGS))], ids=["address", "spelling"]
)
def test_from_a_variable(service, letter, count):
    assert codes_of(service, [f"{letter}{number}" for number in range(count)]) == {}


@pytest.mark.parametrize("letter", ["n", "m"], ids=["alone", "beside a public address"])
def test_as_the_answer_of_a_name_server(service, names, letter):
    asked = len(names.asked)
    assert codes_of(service, [f"{letter}{number}" for number in range(len(ELSEWHERE))]) == {}
    assert len(names.asked) - asked == len(ELSEWHERE)


def test_as_the_target_of_a_redirect(service, destination):
    before = len(destination.requests)
    for target in [origin_of(address) + "/" for address in ELSEWHERE] + ABSOLUTE:
        answer = service.get("redirect", params={"to": target.encode().hex()})
        allowed = (
            {"DESTINATION_NOT_ALLOWED"} if target not in SPELLINGS else {"DESTINATION_NOT_ALLOWED", "UPSTREAM_REDIRECT"}
        )
        assert answer.json()["errors"]["code"] in allowed, target
        before += 1
        assert len(destination.requests) == before, f"{target} was called"


def test_a_redirect_to_a_name_that_leads_inside(service, destination):
    before = len(destination.requests)
    answer = service.get("redirect", params={"to": b"https://n1.example/".hex()})
    assert answer.json()["errors"]["code"] == "DESTINATION_NOT_ALLOWED"
    assert len(destination.requests) == before + 1


def test_an_answer_that_changes_between_two_look_ups(service, names, destination):
    """Each call asks once and connects to what it was told; the next call is judged by the next answer."""
    names.names["moves.example"] = [[HERE], ["169.254.169.254"], [HERE], [HERE, "10.0.0.1"]]
    asked = len(names.asked)
    statuses = [service.get("moves").status_code for _ in range(4)]
    assert statuses == [200, 422, 200, 422]
    assert len(names.asked) - asked == 4


def test_an_answer_that_changes_to_any_refused_address(service, names, destination):
    """The connection to the admitted address is still open: it is not used for a name that leads elsewhere now."""
    called = []
    for address in ELSEWHERE:
        names.names["moves.example"] = [[HERE], [address]]
        assert service.get("moves").status_code == 200
        before = len(destination.requests)
        answer = service.get("moves")
        if answer.status_code != 422 or len(destination.requests) != before:
            called.append((address, answer.text))
        assert answer.json()["errors"]["code"] == "DESTINATION_NOT_ALLOWED"
    assert called == []


def test_an_admitted_name_is_called(service, destination):
    before = len(destination.requests)
    assert service.get("here").text == "ok"
    assert len(destination.requests) == before + 1
    assert f"host: here.example:{destination.port}".encode() in destination.requests[-1].lower()


def test_which_rule_it_was_only_the_log_tells(service):
    answer = service.get(f"a{ELSEWHERE.index('169.254.169.254')}")
    assert "LINK_LOCAL" not in answer.text
    assert "169.254" not in answer.text
    assert "LINK_LOCAL" in service.log.read_text()
