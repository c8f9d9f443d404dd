"""The cache as a plain reverse proxy, against a scripted origin: what RFC 9111 and RFC 9110 ask of a shared cache."""

import asyncio

import pytest

from support.cache_cases import SECTIONS
from support.cache_origin import Origin, run_all
from support.processes import free_port, running

CASES = {name: steps for section in SECTIONS.values() for name, steps in section.items()}


def test_no_two_cases_have_one_name():
    assert len(CASES) == sum(map(len, SECTIONS.values()))


@pytest.fixture(scope="module")
def failed(tmp_path_factory) -> dict[str, str]:
    """All cases, run side by side: what is wrong with those that fail."""
    folder = tmp_path_factory.mktemp("proxy")

    async def run() -> dict[str, str]:
        origin = Origin(CASES)
        server = await origin.serve()
        port, target = free_port(), server.sockets[0].getsockname()[1]
        command = ["-m", "widget_service.testing.cache_proxy", "--listen", f"127.0.0.1:{port}"]
        with running([*command, "--origin", f"http://127.0.0.1:{target}"], port=port, log=folder / "proxy.log"):
            results = await run_all(f"http://127.0.0.1:{port}", origin, CASES)
        server.close()
        return results

    return asyncio.run(run())


@pytest.mark.parametrize(
    "case", [pytest.param(name, id=f"{section}-{name}") for section in SECTIONS for name in SECTIONS[section]]
)
def test_a_shared_cache_does_it(failed, case):
    assert case not in failed, failed[case]
