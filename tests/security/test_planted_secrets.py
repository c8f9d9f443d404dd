"""Planted secrets of all shapes, set by the command and used by calls: none is found in what is stored or said."""

import base64
import json
import random
import subprocess
import sys
from urllib.parse import quote, quote_plus

import pytest

from support.commands import Commands, initialised
from support.upstream import Received, Reply

COUNT = 200
SIZES = (16, 24, 40, 64, 100, 256, 1000, 4096, 16 * 1024, 64 * 1024)
ALPHABETS = (
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
    "äöüßéèñçøåæœ🔑🌱漢字かなабвгд",
    "'\"\\`{}[]<>&%$#@!?=+/ ",
    "abc\n\t\r\nxyz",
)
PROBE = 24  # characters of a secret that are enough to know it by


def planted() -> dict[str, str]:
    """The secrets by name: the same on every run."""
    chance = random.Random(7)
    secrets = {}
    for number in range(COUNT):
        size, alphabet = SIZES[number % len(SIZES)], ALPHABETS[number % len(ALPHABETS)]
        unique = f"{number:03d}{chance.getrandbits(64):016x}"
        body = unique + "".join(chance.choices(alphabet, k=size))
        if number % 10 == 9:
            lines = base64.encodebytes(body.encode()).decode()
            body = f"-----BEGIN PRIVATE KEY-----\n{lines}-----END PRIVATE KEY-----"
        secrets[f"planted_{number}"] = _cut(body, size)
    return secrets


def _cut(text: str, size: int) -> str:
    """At least 16 and about ``size`` bytes, whole characters, nothing at its ends that input would lose."""
    return text.encode()[: max(size, 16)].decode("utf-8", "ignore").strip() + "."


def forms(secret: str) -> list[bytes]:
    """A part of the secret as it is, and in the encodings in which it could be met."""
    start = secret.index("\n") + 1 if secret.startswith("-----BEGIN") else 0
    raw = secret[start : start + PROBE].encode()
    texts = {raw.decode(), json.dumps(raw.decode())[1:-1], json.dumps(raw.decode(), ensure_ascii=False)[1:-1]}
    texts |= {quote(raw, safe=""), quote(raw), quote_plus(raw), raw.hex(), raw.hex().upper(), raw[::-1].hex()}
    texts |= {raw.decode()[::-1], raw.decode("latin-1"), repr(raw.decode())[1:-1], repr(raw)[2:-1]}
    for shift in range(3):  # base64 of a longer text: what does not depend on its neighbours
        coded = base64.b64encode(b"\0" * shift + raw)[4 * bool(shift) :].rstrip(b"=")[:-1]
        texts |= {coded.decode(), coded.decode().replace("+", "-").replace("/", "_")}
    return [text.encode("utf-8", "surrogatepass") for text in texts if len(text) >= 12]


def assert_none_found(secrets: dict[str, str], places: dict[str, bytes]) -> None:
    """Fail with the names, and not the values, of what was found."""
    found = [
        (place, name)
        for name, secret in secrets.items()
        for form in forms(secret)
        for place, content in places.items()
        if form in content
    ]
    assert found == []


def connectors(origin: str, names: list[str]) -> list[dict[str, object]]:
    """One connector for each secret, each using it in another way; some cannot work, which is an error path."""
    uses = [
        lambda call: {"headers": [{"key": "X-Key", "value": f"{{{{ {call} }}}}"}]},
        lambda call: {"headers": [{"key": "X-Key", "value": f"Token {{{{ {call} | base64_encode }}}}"}]},
        lambda call: {"query_parameters": [{"key": "k", "value": f"{{{{ {call} }}}}"}]},
        lambda call: {"authentication": {"type": "bearer", "config": {"token": f"{{{{ {call} }}}}"}}},
        lambda call: {
            "authentication": {"type": "basic", "config": {"username": "u", "password": f"{{{{ {call} }}}}"}}
        },
        lambda call: {"headers": [{"key": "X-Key", "value": f"{{{{ ({call})[::-1] | base64_encode }}}}"}]},
        lambda call: {"headers": [{"key": "X-Key", "value": f"{{{{ {{}}[{call}].x.y }}}}"}]},
        lambda call: {"headers": [{"key": "X-Key", "value": f"{{{{ {call} | from_json }}}}"}]},
        lambda call: {"headers": [{"key": "X-Key", "value": f"{{{{ {call} // 2 }}}}"}]},
    ]
    return [
        {
            "name": name,
            "permalink": name.replace("_", "-"),
            "url": f"{origin}/echo",
            **uses[n % len(uses)](f"get_secret('{name}')"),
        }
        for n, name in enumerate(names)
    ]


def echo(request: Received) -> Reply:
    """A destination that tells everything that it was sent, in the body and in a header."""
    told = {"target": request.target, "headers": request.headers}
    key = request.headers.get("x-key", "none").encode("latin-1", "replace").decode("latin-1")
    headers = {"Content-Type": "application/json", "X-Echo": key.encode("ascii", "replace").decode()}
    return Reply(body=json.dumps(told).encode(), headers=headers)


@pytest.fixture(scope="module")
def secrets() -> dict[str, str]:
    return planted()


@pytest.fixture(scope="module")
def outputs() -> dict[str, bytes]:
    return {}


@pytest.fixture(scope="module")
def commands(tmp_path_factory, secrets, outputs) -> Commands:
    """A service in which all secrets were set by the command, some of them twice."""
    commands = initialised(tmp_path_factory.mktemp("planted"))
    for number, (name, secret) in enumerate(secrets.items()):
        for _ in range(1 + (number % 20 == 0)):
            result = commands.run("secrets", "set", name, input=f"{secret}\n".encode())
            assert result.exit_code == 0
        outputs[f"set {name}"] = result.output.encode()
    return commands


def test_the_secrets_have_all_shapes_and_are_kept_whole(commands, secrets):
    from widget_service.control.snapshots import SnapshotSource

    sizes = sorted(len(secret.encode()) for secret in secrets.values())
    assert len(secrets) == COUNT
    assert 16 <= sizes[0] < 24
    assert sizes[-1] > 60 * 1024
    assert any("\n" in secret for secret in secrets.values())
    with commands.plane() as plane:
        assert dict(SnapshotSource(plane, "default").read().secrets) == secrets


def test_the_search_finds_what_is_there(secrets):
    """The tests below could not fail if the search were blind."""
    for encode in (
        str.encode,
        lambda secret: base64.b64encode(b"x" + secret.encode()),
        lambda secret: quote(secret).encode(),
        lambda secret: secret.encode().hex().encode(),
        lambda secret: json.dumps({"a": secret}).encode(),
    ):
        for name, secret in secrets.items():
            with pytest.raises(AssertionError):
                assert_none_found({name: secret}, {"place": b"before " + encode(secret) + b" after"})


def test_none_is_in_the_database_or_beside_it(commands, secrets):
    """Also while a connection is open, so that there is a write-ahead log."""
    with commands.plane() as plane, plane.database.read():
        for name in list(secrets)[:20]:
            commands.done("secrets", "set", name, input=f"{secrets[name]}\n".encode())
        files = {file.name: file.read_bytes() for file in commands.database.parent.iterdir()}
    assert files["widget-service.db-wal"]
    assert b"planted_7" in files["widget-service.db"]
    assert_none_found(secrets, files)


def test_none_is_in_what_commands_print(commands, secrets, outputs, upstream):
    upstream.replies["/echo"] = echo
    folder = commands.registry(*connectors(upstream.origin, list(secrets)))
    for arguments in (
        ("plan", folder),
        ("apply", folder),
        ("secrets", "list"),
        ("secrets", "list", "--json"),
        ("connectors", "list"),
        ("connectors", "export"),
        ("doctor", "--json"),
        ("secrets", "set", "planted_1", "--for", "not an origin"),
        ("secrets", "rotate-key", "--new-data-keys"),
        ("variables", "set", "planted_1", "v"),
    ):
        outputs[" ".join(map(str, arguments[:2]))] = commands.run(*arguments, input="").output.encode()
    statuses = set()
    for number, name in list(enumerate(secrets))[: COUNT // 2]:  # all sizes, alphabets and uses are among them
        option = "--json" if number % 2 else "--explain"
        result = commands.run("execute", name.replace("_", "-"), option)
        assert result.exception is None or isinstance(result.exception, SystemExit)
        statuses.add(result.exit_code)
        outputs[f"execute {name}"] = result.output.encode()
    assert statuses == {0, 1}  # calls that work, and errors
    assert len(upstream.received) > COUNT / 8
    assert_none_found(secrets, outputs)


CRASH = """
import sys
from widget_service.cli import app
from widget_service.storage import values

def crash(*arguments, **options):
    raise RuntimeError("a mistake of the program")

values.set_secret = crash
app(args=["secrets", "set", "planted"])
"""


def test_none_is_in_the_output_of_a_crash(commands, secrets):
    secret = secrets["planted_5"]
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-c", CRASH],
        input=secret.encode(),
        capture_output=True,
        env=commands.env,
        timeout=60,
    )
    assert done.returncode != 0
    assert b"a mistake of the program" in done.stderr
    assert_none_found({"planted_5": secret}, {"out": done.stdout, "err": done.stderr})
