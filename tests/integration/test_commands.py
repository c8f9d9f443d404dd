"""Commands as processes: what a script sees, and that no end of a process, however early, leaves things by halves."""

import os
import pty
import random
import re
import select
import signal
import subprocess
import sys
import threading

import pytest

from support.commands import ORDERS, PLANTS, Commands, initialised

HEAVY = ("asyncio", "sqlalchemy", "pydantic", "jinja2", "cryptography", "pycurl", "structlog", "starlette", "rich")

# Ends the process, as kill -9 does, where the second argument says: before or after a function of the store.
KILLED = """
import os, signal, sys
from widget_service.storage import changes, definitions, registries, sqlite
from widget_service.storage.database import Database
from widget_service.cli import app

owner, name, when = {
    "before anything": (registries, "put", "before"),
    "after the registry": (registries, "put", "after"),
    "after deletions": (definitions, "delete_all", "after"),
    "after additions": (definitions, "put_all", "after"),
    "before the commit": (changes.Change, "finish", "after"),
    "after the commit": (Database, "close", "before"),
}[sys.argv[1]]
original = getattr(owner, name)

def killing(*arguments, **options):
    if when == "after":
        original(*arguments, **options)
    os.kill(os.getpid(), signal.SIGKILL)

setattr(owner, name, killing)
app(args=sys.argv[2:])
"""


@pytest.fixture
def commands(tmp_path) -> Commands:
    return initialised(tmp_path)


def stored(commands):
    return [row["permalink"] for row in commands.json("connectors", "list")]


def many(prefix, count=150):
    return [{**PLANTS, "name": f"{prefix} {number}", "permalink": f"{prefix}-{number}"} for number in range(count)]


def test_the_first_word_comes_without_heavy_imports(commands):
    program = f"""
import sys
from widget_service.cli import app
try:
    app(args=["--version"])
finally:
    print(*set({HEAVY!r}) & sys.modules.keys())
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=False)
    assert done.stdout == "widget-service 0.1.0\n\n"


def test_a_day_in_the_life(commands, upstream):
    """Plan, sync, set a secret and call, each in a process of its own."""
    folder = commands.registry({**PLANTS, "url": f"{upstream.origin}/v1/plants"})
    assert commands.process("plan", folder).returncode == 3
    assert commands.process("apply", folder).returncode == 0
    assert commands.process("secrets", "set", "api_key", input="s3cr3t-value\n").returncode == 0
    called = commands.process("execute", "plants")
    assert (called.returncode, called.stderr) == (0, "")
    assert upstream.last.headers["x-key"] == "s3cr3t-value"


@pytest.mark.parametrize(
    ("arguments", "env", "told"),
    [
        (("secrets", "list"), {"WIDGET_SERVICE_DATA_DIR": "/nowhere"}, "widget-service init"),
        (("plan", "/nowhere"), {}, "nothing was changed"),
        (("execute", "nobody"), {}, "404 CONNECTOR_NOT_FOUND"),
        (("connectors", "list"), {"WIDGET_SERVICE_MASTER_KEY": "bad"}, "WIDGET_SERVICE_MASTER_KEY cannot be used"),
        (("tenants", "list"), {"WIDGET_SERVICE_PORTT": "1"}, "WIDGET_SERVICE_PORTT is not a setting"),
    ],
)
def test_a_refusal_is_a_sentence_on_standard_error(commands, arguments, env, told):
    done = commands.process(*arguments, **env)
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode == (0 if "PORTT" in str(env) else 1)


def test_a_secret_is_asked_for_until_it_is_given_twice_and_is_not_echoed(commands):
    master, slave = pty.openpty()
    command = [sys.executable, "-m", "widget_service", "secrets", "set", "key"]
    process = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, env=commands.env)
    os.close(slave)
    try:
        shown = ""
        for question, value in zip(
            ("Value of key: ", "Once more: ") * 2, ("v4lue-ü", "v4lue-x", *["v4lue-ü"] * 2), strict=True
        ):
            shown += until(master, question)
            os.write(master, f"{value}\n".encode())
        shown += until(master, "version 1")
        assert process.wait(timeout=20) == 0
    finally:
        process.kill()
        process.wait()
        os.close(master)
    assert "do not match" in shown
    assert "v4lue" not in shown
    assert [secret["name"] for secret in commands.json("secrets", "list")] == ["key"]


def until(terminal, words):
    """Return what the terminal shows, up to ``words``."""
    shown = b""
    while words.encode() not in shown:
        ready, _, _ = select.select([terminal], [], [], 20)
        assert ready, shown
        shown += os.read(terminal, 1024)
    return shown.decode()


@pytest.mark.parametrize(
    ("moment", "new"),
    [
        ("before anything", False),
        ("after the registry", False),
        ("after deletions", False),
        ("after additions", False),
        ("before the commit", False),
        ("after the commit", True),
    ],
)
def test_a_kill_at_any_moment_leaves_the_old_registry_or_the_new(commands, moment, new):
    folder = commands.registry(PLANTS, ORDERS)
    commands.done("apply", folder)
    commands.registry({**PLANTS, "method": "POST"}, *many("new", 20))
    arguments = [sys.executable, "-c", KILLED, moment, "apply", str(folder)]
    done = subprocess.run(arguments, env=commands.env, capture_output=True, timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    plan = commands.json("plan", folder, code=0 if new else 3)
    assert (plan["unchanged"], len(plan["created"])) == ((21, 0) if new else (0, 20))
    assert stored(commands) == sorted(["plants", *(f"new-{n}" for n in range(20))] if new else ["orders", "plants"])
    commands.done("apply", folder)
    assert len(stored(commands)) == 21


@pytest.mark.parametrize("kills", [3, pytest.param(100, marks=[pytest.mark.soak, pytest.mark.timeout(900)])])
def test_a_kill_by_chance_does_the_same(commands, kills):
    chance = random.Random(20)
    sides = {side: sorted(raw["permalink"] for raw in many(side)) for side in ("old", "new")}
    folder = commands.registry(*many("old"))
    commands.done("apply", folder)
    current = "old"
    for _ in range(kills):
        wanted = "new" if current == "old" else "old"
        commands.registry(*many(wanted))
        command = [sys.executable, "-m", "widget_service", "apply", str(folder)]
        with subprocess.Popen(
            command, env=commands.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            timer = threading.Timer(chance.uniform(0.4, 1.2), process.kill)
            timer.start()
            process.wait(timeout=60)
            timer.cancel()
        found = stored(commands)
        assert found in sides.values()
        current = next(side for side, names in sides.items() if names == found)


def test_two_applies_at_once_leave_one_of_both(commands):
    first, second = commands.registry(*many("first"), name="a"), commands.registry(*many("second"), name="b")
    base = [sys.executable, "-m", "widget_service", "apply", "--name", "shop", "--moved"]
    processes = [
        subprocess.Popen(
            [*base, str(folder)], env=commands.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for folder in (first, second)
    ]
    outcomes = [(*process.communicate(timeout=60), process.returncode) for process in processes]
    assert [code for _, _, code in outcomes] == [0, 0], outcomes
    found = stored(commands)
    assert found in [sorted(raw["permalink"] for raw in many(side)) for side in ("first", "second")]
    numbers = sorted(re.findall(r"\d+ (?:created|deleted)", "".join(out for out, _, _ in outcomes)))
    assert numbers == ["150 created", "150 created", "150 deleted"]
