"""The execution endpoint alone, really served: definitions are taken unchecked, names come from a test's own server.

What is checked when a definition is saved is left out, so that tests see what an execution itself refuses. The name
server is a parameter of the client, not a setting: no installation can be pointed to another one by its environment.
"""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from support.names import look_up
from support.processes import free_port, running

TESTS = Path(__file__).parents[1]


@dataclass
class BareService:
    """A running service; ``pids`` are its processes."""

    origin: str
    log: Path
    pid: int

    def url(self, permalink: str) -> str:
        return f"{self.origin}/widget-service/connectors/{permalink}/execute"

    @property
    def pids(self) -> list[int]:
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        return [self.pid, *map(int, children)]

    def memory_kib(self) -> int:
        """Return the resident memory of all processes together."""
        total = 0
        for pid in self.pids:
            lines = Path(f"/proc/{pid}/status").read_text().splitlines()
            total += sum(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))
        return total


@dataclass
class Setup:
    """What is served. ``networks`` are the private networks that may be called."""

    connectors: list[dict[str, Any]]
    variables: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    networks: list[str] = field(default_factory=list)
    name_server_port: int | None = None
    ca_file: str | None = None
    composites: list[dict[str, Any]] = field(default_factory=list)


@contextmanager
def bare_service(folder: Path, setup: Setup) -> Iterator[BareService]:
    """Serve ``setup`` while the block runs."""
    port = free_port()
    file, log = folder / f"setup-{port}.json", folder / f"bare-{port}.log"
    setup.settings = {"port": port, **setup.settings}
    file.write_text(json.dumps(vars(setup)))
    clean = {name: value for name, value in os.environ.items() if not name.startswith("WIDGET_SERVICE_")}
    env = {**clean, "PYTHONPATH": str(TESTS)}
    with running(["-m", "support.bare_service", str(file)], port=port, log=log, env=env) as process:
        yield BareService(f"http://127.0.0.1:{port}", log, process.pid)


def _build(setup: Setup, stop):
    from widget_service.app import Application
    from widget_service.authentication.tokens import tokens_of_process
    from widget_service.connectors.definition import CompositeDefinition, ConnectorDefinition
    from widget_service.connectors.snapshot import SnapshotHolder, build_snapshot
    from widget_service.egress import EgressPolicy, UpstreamClient
    from widget_service.egress.resolver import Resolver
    from widget_service.execution.asgi import ExecutionEndpoint
    from widget_service.execution.cors import Cors
    from widget_service.execution.pipeline import Pipeline
    from widget_service.execution.running import Draining
    from widget_service.identity.callers import ANONYMOUS, Callers, FixedCaller
    from widget_service.identity.directory import OneTenant
    from widget_service.identity.origins import OriginPolicy
    from widget_service.identity.sessions import Sessions
    from widget_service.identity.user_tokens import UserTokens
    from widget_service.logs import configure_logging
    from widget_service.templating import TemplateWorkers
    from widget_service.vault import MasterKey, MasterKeys

    configure_logging(human=False)
    settings = _settings(setup)
    definitions = [ConnectorDefinition.model_validate(connector) for connector in setup.connectors]
    composites = [CompositeDefinition.model_validate(composite) for composite in setup.composites]
    snapshot = build_snapshot(definitions, secrets=setup.secrets, variables=setup.variables, composites=composites)
    snapshots = SnapshotHolder(snapshot)
    policy = EgressPolicy(settings.allow_insecure_upstreams, tuple(map(ip_network, setup.networks)))
    names = (
        Resolver() if setup.name_server_port is None else Resolver(partial(look_up, setup.name_server_port), fresh_s=0)
    )
    client, workers = UpstreamClient(policy, resolver=names, ca_file=setup.ca_file), TemplateWorkers()
    tokens = tokens_of_process(client, settings)
    pipeline = Pipeline(settings, FixedCaller(ANONYMOUS, snapshots), client, workers, tokens)
    tenant = OneTenant(snapshots, origins=OriginPolicy(), user_tokens=UserTokens(tenant_id="default"))
    sessions = Sessions(MasterKeys([MasterKey(os.urandom(32))]), secure=False)
    endpoint = ExecutionEndpoint(pipeline, Cors(Callers(tenant, sessions=sessions)))
    draining = Draining(endpoint.running, stop.wait, timeout_s=settings.drain_timeout_s)
    return Application(
        execution=endpoint,
        routes=[],
        on_startup=[draining.start],
        on_shutdown=[draining.finish, tokens.aclose, client.aclose, workers.aclose],
    )


def _settings(setup: Setup):
    from widget_service.settings import load_settings

    return load_settings(defaults=setup.settings)


def _main() -> None:
    from widget_service.serving import serve

    setup = Setup(**json.loads(Path(sys.argv[1]).read_text()))
    serve(_build, setup, settings=_settings(setup))


if __name__ == "__main__":
    _main()
