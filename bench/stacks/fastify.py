"""@fastify/http-proxy: what most services in JavaScript would be."""

from bench.origin import KEY, KEY_HEADER
from bench.stacks.proxy import PEER_FOLDER, Peer, Setup

_PACKAGE = PEER_FOLDER / "node_modules" / "@fastify" / "http-proxy" / "package.json"


def _command(setup: Setup) -> list[str]:
    origin = setup.origin
    return [
        "node",
        str(PEER_FOLDER / "fastify_http_proxy.mjs"),
        str(setup.port),
        f"http://127.0.0.1:{origin.port}",
        f"https://127.0.0.1:{origin.tls_port}",
        str(origin.certificate_file),
        KEY_HEADER,
        KEY,
    ]


FASTIFY = Peer(
    name="fastify-http-proxy",
    needs=["node", str(_PACKAGE)],
    install="npm ci --prefix bench/peers",
    version=["node", "-p", f"'@fastify/http-proxy ' + require('{_PACKAGE}').version + ', node ' + process.version"],
    command=_command,
)
