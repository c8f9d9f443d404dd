"""The README tells the truth: its repository is sound, its commands run as they stand, and its figures are measured."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from support import readme
from support.processes import free_port, running
from widget_service.cli import app
from widget_service.dev.config import read_dev_config

ANSWER = {"plants": ["Boston <fern>", "Maidenhair"]}


@pytest.fixture
def repo(tmp_path, upstream) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    upstream.replies["/v1/plants"] = readme.plants
    readme.write_repository(folder, upstream.origin, mapped=False)
    return folder


def test_its_repository_has_no_problems(tmp_path, upstream):
    readme.write_repository(tmp_path, upstream.origin, mapped=True)
    result = CliRunner().invoke(app, ["validate", str(tmp_path)])
    assert result.exit_code == 0
    assert result.output.count("no problems") == 2
    assert read_dev_config(tmp_path / ".widget-service" / "dev.toml")[1] == []


def test_serving_works_as_written(tmp_path, repo):
    """init, secrets set, apply, serve; then the curl line and the Python program."""
    port, log = free_port(), tmp_path / "serve.log"
    environment = clean_environment(port)
    *preparing, serve = readme.commands("Serve it")
    assert [shlex.split(command)[1] for command in (*preparing, serve)] == ["init", "secrets", "apply", "serve"]
    for command in preparing:
        run(command.replace("path/to/repository", str(repo)), tmp_path, environment, input_=readme.KEY)
    arguments = shlex.split(serve)[1:]
    command = f"import os; os.chdir({str(tmp_path)!r}); from widget_service.cli import app; app({arguments!r})"
    with running(["-c", command], port=port, log=log, env=environment):
        [curl] = [line for line in readme.commands("Call it") if line.startswith("curl ")]
        done = subprocess.run(
            [*shlex.split(at(port, curl)), "--silent", "--noproxy", "*"], capture_output=True, timeout=30, check=True
        )
        assert json.loads(done.stdout) == ANSWER
        program = [sys.executable, "-c", at(port, readme.PROGRAM)]
        done = subprocess.run(program, capture_output=True, text=True, timeout=30, check=True, env=environment)
        assert done.stdout == f"{ANSWER}\n"


def clean_environment(port: int) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("WIDGET_SERVICE_")}
    here = {
        "WIDGET_SERVICE_PORT": str(port),
        "WIDGET_SERVICE_ADMIN_PORT": "0",
        "WIDGET_SERVICE_ALLOW_INSECURE_UPSTREAMS": "true",
    }
    return {**clean, **here, "NO_PROXY": "*"}


def run(command: str, folder: Path, environment: dict[str, str], *, input_: str) -> None:
    program, *arguments = shlex.split(command)
    assert program == ".venv/bin/widget-service"
    done = subprocess.run(
        [sys.executable, "-m", "widget_service", *arguments],
        cwd=folder,
        env=environment,
        input=input_,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr


def at(port: int, text: str) -> str:
    return text.replace("127.0.0.1:8400", f"127.0.0.1:{port}")


@pytest.mark.parametrize(
    ("told", "stack"),
    [
        ("nginx", "nginx"),
        ("Caddy", "caddy"),
        ("@fastify/http-proxy", "fastify-http-proxy"),
        ("**Widget Service**", "widget-service"),
        ("FastAPI with httpx, written by hand", "fastapi-httpx"),
    ],
)
def test_its_figures_are_those_of_the_report(told, stack):
    """Within what lies between two measurements of the same; a report that tells another story needs another table."""
    row = re.search(rf"^\| {re.escape(told)} \| ([\d,]+) µs \| ([\d,]+) \|", readme.TEXT, re.MULTILINE)
    cpu_us, rps = (int(figure.replace(",", "")) for figure in row.groups())
    measured = json.loads((Path(__file__).parents[2] / "bench" / "report.json").read_text())
    figures = measured["scenarios"]["proxied_get_c32"][stack]
    assert cpu_us == pytest.approx(figures["cpu_us"], rel=0.3)
    assert rps == pytest.approx(figures["rps"], rel=0.3)
