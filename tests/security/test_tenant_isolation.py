"""Tenants cannot tell that there are others: what one sees is the same whatever another one does meanwhile."""

import asyncio
import json
import shutil
from collections.abc import Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.upstream import Upstream, reply_json
from widget_service.authentication.tokens import tokens_of_process
from widget_service.control import definitions, registries, tenants, values
from widget_service.control.directories import DirectorySource
from widget_service.control.plane import control_plane
from widget_service.control.revocations import DatabaseRevocations
from widget_service.control.tenants import TenantSettings
from widget_service.egress import EgressPolicy, UpstreamClient
from widget_service.execution.cache import connector_cache
from widget_service.execution.incoming import IncomingCall
from widget_service.execution.pipeline import Pipeline
from widget_service.identity.callers import Callers
from widget_service.identity.directory import DirectoryHolder
from widget_service.identity.sessions import Sessions
from widget_service.identity.user_tokens import UserTokens
from widget_service.identity.users import User
from widget_service.ratelimits.limiter import RateLimiter
from widget_service.settings import Settings, load_settings
from widget_service.storage.errors import ChangeRefused
from widget_service.templating import TemplateWorkers
from widget_service.vault import create_master_key_file

TENANTS = ("alpha", "beta")
NAMES = ["one", "two"]
USERS = ["anna", "ben"]
KEYS = ["k" * 40, "l" * 40]

Operation = tuple[str, ...]


@pytest.fixture(scope="module")
def destination() -> Iterator[Upstream]:
    """It says what it was sent, and that the answer may be kept."""
    with Upstream().serving() as server:

        def answer(request):
            return reply_json({"key": request.headers.get("x-key")}, Cache_Control="max-age=60")

        server.replies |= {f"/{name}": answer for name in NAMES}
        yield server


@pytest.fixture(scope="module")
def template(tmp_path_factory) -> Settings:
    """An installation with both tenants, to be copied."""
    folder = tmp_path_factory.mktemp("isolation")
    loaded = load_settings(defaults={"data_dir": folder / "data", "allow_insecure_upstreams": True})
    create_master_key_file(loaded.effective_master_key_file)
    with control_plane(loaded, create=True) as plane:
        for name in TENANTS:
            tenants.add_tenant(plane, name, actor="test", hosts=[f"{name}.example.com"])
    return loaded


def definition(name: str, variant: str, destination: Upstream) -> dict[str, Any]:
    """A connector whose answer shows the tenant's secret, and whose calls are limited."""
    header = {"key": "X-Key", "value": f"{{{{ get_secret('key') }}}}-{{{{ get_variable('name') }}}}-{variant}"}
    raw = {"name": name, "permalink": name, "url": f"{destination.origin}/{name}", "headers": [header]}
    return raw | ({"rate_limit": {"per_minute": 2, "per": "user"}} if variant == "limited" else {})


class World:
    """One installation with its serving process, and what each tenant sees of it."""

    def __init__(self, loaded: Settings, plane, pipeline: Pipeline, callers: Callers, reload, destination) -> None:
        self.settings, self.plane, self.pipeline, self.callers = loaded, plane, pipeline, callers
        self.reload, self.destination = reload, destination
        self.sessions: dict[tuple[str, str], Any] = {}
        self.revocations = DatabaseRevocations(plane)

    async def do(self, tenant: str, operation: Operation) -> object:
        """Carry out an operation of a tenant; return what it sees."""
        kind, *arguments = operation
        try:
            seen = await getattr(self, f"do_{kind}")(tenant, *arguments)
        except ChangeRefused as error:
            seen = str(error)
        if kind == "call":
            return seen
        self.callers.directories.replace(self.reload())
        told = self.revocations.read_if_changed()
        if told is not None:
            self.callers.sessions.revocations.replace(told)
        return seen, self.state(tenant)

    def state(self, tenant: str) -> object:
        """Return all that the tenant has."""
        return (
            [listed.permalink for listed in definitions.list_definitions(self.plane, tenant)],
            [(secret.name, secret.version) for secret in values.list_secrets(self.plane, tenant)],
            [(variable.name, variable.value) for variable in values.list_variables(self.plane, tenant)],
            tenants.describe_user_keys(self.plane, tenant),
            tenants.get_tenant(self.plane, tenant).allow_anonymous,
            sorted(self.callers.directories.current.tenants[tenant].snapshot.connectors),
        )

    async def do_secret(self, tenant: str, value: str) -> None:
        values.set_secret(self.plane, tenant, "key", value, actor=tenant)

    async def do_variable(self, tenant: str, value: str) -> None:
        values.set_variable(self.plane, tenant, "name", value, actor=tenant)

    async def do_apply(self, tenant: str, name: str, variant: str) -> None:
        repo = self.settings.data_dir / tenant
        repo.mkdir(exist_ok=True)
        connectors = [definition(name, variant, self.destination)]
        (repo / "connectors_registry.json").write_text(json.dumps({"connectors": connectors}))
        registries.apply_registry(self.plane, tenant, repo, actor=tenant)

    async def do_callers(self, tenant: str, anonymous: str, key: str) -> None:
        said = TenantSettings(allow_anonymous=anonymous == "yes", user_key=key)
        tenants.set_tenant(self.plane, tenant, actor=tenant, settings=said)

    async def do_quota(self, tenant: str, limit: str) -> None:
        said = TenantSettings(quotas={"executions_per_minute": int(limit), "max_connectors": int(limit)})
        tenants.set_tenant(self.plane, tenant, actor=tenant, settings=said)

    async def do_renew(self, tenant: str) -> None:
        values.renew_tenant_key(self.plane, tenant, actor=tenant)

    async def do_open(self, tenant: str, user: str) -> None:
        self.sessions[tenant, user] = self.callers.sessions.open(User(user), tenant_id=tenant)

    async def do_end(self, tenant: str, user: str) -> None:
        opened = self.sessions.get((tenant, user))
        if opened is not None:
            await self.revocations.add(opened.session)

    async def do_call(self, tenant: str, name: str, credential: str, user: str) -> object:
        headers = {"host": f"{tenant}.example.com", **self.credential(tenant, credential, user)}
        answer = await self.pipeline.execute(IncomingCall(name, "GET", "", headers, peer="203.0.113.7"))
        body = answer.body if answer.body is not None else b"".join([part async for part in answer.stream])
        if answer.release is not None:
            await answer.release()
        told = dict(answer.headers)
        shown = json.loads(body) if body else None
        if isinstance(shown, dict):
            shown.pop("request_id", None)
        hit = json.loads(told["X-Connector-Timing"])["cache_hit"]
        return answer.status, str(shown).split(" Try again")[0], hit, told.get("RateLimit", "").split(";t=")[0]

    def credential(self, tenant: str, credential: str, user: str) -> dict[str, str]:
        """Headers that say who calls: also what another tenant would take."""
        if credential in KEYS:
            return {"authorization": f"Bearer {UserTokens(credential.encode(), tenant_id=tenant).mint(User(user))}"}
        if credential == "session" and (tenant, user) in self.sessions:
            opened = self.sessions[tenant, user]
            return {"cookie": opened.set_cookie.partition(";")[0], "x-csrf-token": opened.csrf_token}
        if credential == "of the other":
            other = next(each for each in TENANTS if each != tenant)
            return {"authorization": f"Bearer {UserTokens(KEYS[0].encode(), tenant_id=other).mint(User(user))}"}
        return {}


@asynccontextmanager
async def world(template: Settings, folder: Path, destination: Upstream):
    shutil.copytree(template.data_dir, folder)
    loaded = load_settings(defaults={"data_dir": folder, "allow_insecure_upstreams": True})
    client, workers, cache = UpstreamClient(EgressPolicy(allow_insecure=True)), TemplateWorkers(), None
    with control_plane(loaded) as plane:
        source = DirectorySource(plane, lambda *_: pytest.fail("no keys are published here"))
        callers = Callers(DirectoryHolder(source.read()), sessions=Sessions(plane.master_keys, secure=False))
        tokens, cache = tokens_of_process(client, loaded), connector_cache(loaded)
        pipeline = Pipeline(loaded, callers, client, workers, tokens, cache=cache, limiter=RateLimiter())
        try:
            yield World(loaded, plane, pipeline, callers, source.read, destination)
        finally:
            await tokens.aclose()
            await client.aclose()
            await workers.aclose()
            if cache is not None:
                await cache.aclose()


VALUES = st.sampled_from(["red", "green"])
OPERATIONS = st.one_of(
    st.tuples(st.just("secret"), VALUES),
    st.tuples(st.just("variable"), VALUES),
    st.tuples(st.just("apply"), st.sampled_from(NAMES), st.sampled_from(["plain", "limited"])),
    st.tuples(st.just("callers"), st.sampled_from(["yes", "no"]), st.sampled_from(KEYS)),
    st.tuples(st.just("quota"), st.sampled_from(["0", "1", "3"])),
    st.tuples(st.just("renew")),
    st.tuples(st.just("open"), st.sampled_from(USERS)),
    st.tuples(st.just("end"), st.sampled_from(USERS)),
    *[
        st.tuples(
            st.just("call"),
            st.sampled_from(NAMES),
            st.sampled_from(["nobody", "session", "of the other", *KEYS]),
            st.sampled_from(USERS),
        )
    ]
    * 4,
)
BEGIN: list[tuple[str, Operation]] = [
    (tenant, operation)
    for tenant in TENANTS
    for operation in (
        ("secret", "red"),
        ("variable", "green"),
        ("apply", "one", "plain"),
        ("callers", "yes", KEYS[0]),
        ("open", "anna"),
    )
]


@pytest.mark.timeout(400)
@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(st.sampled_from(TENANTS), OPERATIONS), min_size=8, max_size=24))
def test_what_a_tenant_sees_depends_on_no_other(template, destination, tmp_path_factory, drawn):
    folder = tmp_path_factory.mktemp("worlds")
    operations = [*BEGIN, *drawn]

    async def seen(name: str, only: tuple[str, ...]) -> dict[str, list[object]]:
        told: dict[str, list[object]] = {tenant: [] for tenant in TENANTS}
        async with world(template, folder / name, destination) as one:
            for tenant, operation in operations:
                if tenant in only:
                    told[tenant].append((operation, await one.do(tenant, operation)))
        return told

    async def compare() -> None:
        together = await seen("both", TENANTS)
        for tenant in TENANTS:
            alone = await seen(tenant, (tenant,))
            assert together[tenant] == alone[tenant]

    asyncio.run(compare())


async def test_the_operations_show_what_they_are_to_show(template, destination, tmp_path):
    """Else nothing could differ: answers hold the tenant's own secret, are kept, limited, and refused."""
    async with world(template, tmp_path / "one", destination) as one:
        for tenant, operation in BEGIN:
            await one.do(tenant, operation)
        await one.do("beta", ("secret", "blue"))
        calls = [("alpha", "nobody"), ("alpha", "nobody"), ("beta", "nobody"), ("alpha", "of the other")]
        seen = [await one.do(tenant, ("call", "one", credential, "anna")) for tenant, credential in calls]
        assert [(status, hit) for status, _, hit, _ in seen] == [(200, False), (200, True), (200, False), (401, False)]
        assert ("red-green-plain" in seen[0][1], "blue-green-plain" in seen[2][1]) == (True, True)
        await one.do("alpha", ("apply", "two", "limited"))
        limited = [await one.do("alpha", ("call", "two", "session", "anna")) for _ in range(3)]
        assert [status for status, *_ in limited] == [200, 200, 429]
        await one.do("alpha", ("end", "anna"))
        assert (await one.do("alpha", ("call", "two", "session", "anna")))[0] == 401
        assert (await one.do("alpha", ("call", "two", "nobody", "anna")))[0] == 200
