"""Having a pack unpacked by a child process of little memory and time: what somebody else made may be a bomb."""

import asyncio
import json
import os
import sys
from typing import Final

MAX_MEMORY_BYTES: Final = 1024 * 1024 * 1024
MAX_CPU_S: Final = 20
_DONE: Final = 0


class CannotUnpack(Exception):
    """The pack holds no registry that can be read; the message says why."""


async def unpacked(pack: bytes, commit: str, folder: str) -> bytes | None:
    """Return the registry's file in the folder of a commit, None where the folder has none; raise `CannotUnpack`."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "widget_service.registry.git.child", commit, folder),
        *(str(MAX_MEMORY_BYTES), str(MAX_CPU_S)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={name: os.environ[name] for name in ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH") if name in os.environ},
        limit=2**20,
    )
    try:
        told, _ = await process.communicate(pack)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != _DONE:
        raise CannotUnpack("what the host sent cannot be unpacked, or is too large")
    head, _, raw = told.partition(b"\n")
    answer = json.loads(head)
    if answer["error"]:
        raise CannotUnpack(answer["error"])
    return raw if answer["is_there"] else None
