"""FastAPI with httpx on uvicorn: what most services in Python would be."""

from bench.origin import KEY, KEY_HEADER
from bench.stacks.proxy import PEER_FOLDER, Peer, Setup

_PYTHON = str(PEER_FOLDER / ".venv" / "bin" / "python")
_VERSIONS = (
    "import sys, importlib.metadata as m; "
    "print(', '.join(f'{n} {m.version(n)}' for n in ('fastapi', 'httpx', 'uvicorn')), 'Python', sys.version.split()[0])"
)


def _command(setup: Setup) -> list[str]:
    origin = setup.origin
    return [
        _PYTHON,
        str(PEER_FOLDER / "fastapi_httpx.py"),
        str(setup.port),
        f"http://127.0.0.1:{origin.port}",
        f"https://127.0.0.1:{origin.tls_port}",
        str(origin.certificate_file),
        KEY_HEADER,
        KEY,
    ]


FASTAPI_HTTPX = Peer(
    name="fastapi-httpx",
    needs=[_PYTHON],
    install="python3 -m venv bench/peers/.venv && "
    "bench/peers/.venv/bin/pip install --require-hashes -r bench/peers/requirements.txt",
    version=[_PYTHON, "-c", _VERSIONS],
    command=_command,
)
