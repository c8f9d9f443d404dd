"""A reverse proxy on FastAPI and httpx that adds the key, as its documentation would have it written.

Arguments: port, origin, TLS origin, certificate, header, key.
"""

import ssl
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import StreamingResponse

PORT, ORIGIN, TLS_ORIGIN, CERTIFICATE, HEADER, KEY = sys.argv[1:]
NOT_PASSED_ON = {"host", "connection", "content-length", "transfer-encoding", "cookie", "x-csrf-token"}
NOT_PASSED_BACK = {"connection", "content-length", "transfer-encoding", "content-encoding"}


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Keep one client, and so its connections, for as long as the application runs."""
    limits = httpx.Limits(max_connections=256, max_keepalive_connections=256)
    context = ssl.create_default_context(cafile=CERTIFICATE)
    async with httpx.AsyncClient(verify=context, limits=limits, timeout=20, trust_env=False) as client:
        app.state.client = client
        yield


async def forward(request: Request) -> Response:
    """Pass the call on with the key, and its answer back as it comes."""
    client: httpx.AsyncClient = request.app.state.client
    headers = {name: value for name, value in request.headers.items() if name not in NOT_PASSED_ON}
    origin = TLS_ORIGIN if request.url.path.startswith("/tls/") else ORIGIN
    answer = await client.send(
        client.build_request(
            request.method, origin + request.url.path, headers={**headers, HEADER: KEY}, content=await request.body()
        ),
        stream=True,
    )
    passed_back = {name: value for name, value in answer.headers.items() if name not in NOT_PASSED_BACK}
    if int(answer.headers.get("content-length", 1 << 20)) < 1 << 20:
        body = await answer.aread()
        await answer.aclose()
        return Response(body, answer.status_code, passed_back)
    return StreamingResponse(_stream(answer), answer.status_code, passed_back)


async def _stream(answer: httpx.Response) -> AsyncIterator[bytes]:
    try:
        async for chunk in answer.aiter_bytes():
            yield chunk
    finally:
        await answer.aclose()


application = FastAPI(lifespan=lifespan)
application.add_api_route("/{path:path}", forward, methods=["GET", "POST"], response_model=None)

if __name__ == "__main__":
    uvicorn.run(application, host="127.0.0.1", port=int(PORT), access_log=False, log_level="warning", backlog=4096)
