"""What admin pages take by the clock and by the processor, with many connectors: ``python -m bench.admin_pages``."""

import asyncio
import importlib
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from widget_service.control.registries import apply_source
from widget_service.control.registry_source import Source

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
_admin, _pages, _commands = (
    importlib.import_module(f"support.{name}") for name in ("admin", "admin_pages", "commands")
)

SIZES = (1000, 5000)
CALLS = 20_000
TRIES = 9
PATHS = (
    "/",
    "/connectors",
    "/connectors?search=plant-77",
    "/connectors/plant-500",
    "/values",
    "/executions",
    "/registries",
)


async def main() -> None:
    """Print a line for each page: the median by the clock, and the least by the processor, in milliseconds."""
    for size in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            await _measured(Path(folder), size)


async def _measured(folder: Path, size: int) -> None:
    names = [f"plant-{number}" for number in range(size)]
    async with _admin.admin_site(_commands.initialised(folder)) as site:
        definitions = [{"name": name, "url": f"https://api.example.com/{name}"} for name in names]
        text = json.dumps({"connectors": definitions}).encode()
        apply_source(site.plane, "default", Source.of_text("plants", text, place="bench"), actor="bench")
        _pages.note_calls(site.plane, list(_pages.records(names, CALLS, time.time(), apart_s=4.0)))
        site.admin("owner@example.com")
        headers = (await site.login("owner@example.com")).headers
        for path in PATHS:
            clock, processor = await _tried(site, path, headers)
            print(f"{size:5} connectors  {path:30} {clock:7.1f} ms by the clock, {processor:7.1f} ms of the processor")


async def _tried(site: Any, path: str, headers: dict[str, str]) -> tuple[float, float]:
    clock, processor = [], []
    for _ in range(TRIES):
        begun, worked = time.perf_counter(), time.process_time()
        response = await site.client.get(f"/admin{path}", headers=headers)
        clock.append((time.perf_counter() - begun) * 1000)
        processor.append((time.process_time() - worked) * 1000)
        assert response.status_code == 200, response.text[:200]
    return statistics.median(clock), min(processor)


if __name__ == "__main__":
    asyncio.run(main())
