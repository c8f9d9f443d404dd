"""The stacks that are driven: the service and its peers."""

from bench.stacks.caddy import CADDY
from bench.stacks.fastapi_httpx import FASTAPI_HTTPX
from bench.stacks.fastify import FASTIFY
from bench.stacks.haproxy import HAPROXY
from bench.stacks.nginx import NGINX
from bench.stacks.service import SERVICE

PEERS = (NGINX, HAPROXY, CADDY, FASTIFY, FASTAPI_HTTPX)

__all__ = ["PEERS", "SERVICE"]
