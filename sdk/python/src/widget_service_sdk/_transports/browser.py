"""Requests through the browser's ``fetch`` (Pyodide, PyScript): no sockets, no threads, no other package."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

from .._protocol import BrokenOff, Request, Unreachable, credentials_mode


class BrowserAnswer:
    """An answer of ``fetch``."""

    def __init__(self, response: Any, controller: Any) -> None:
        self._response = response
        self._controller = controller
        # 0 for a redirect: one that is not followed is opaque (Fetch standard §2.2.6).
        self.status: int = response.status
        self.headers: Mapping[str, str] = {str(name): str(value) for name, value in response.headers.entries()}

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body as it arrives; the browser has decompressed it."""
        if not hasattr(self._response.body, "getReader"):  # null: there is no body
            return
        reader = self._response.body.getReader()
        while True:
            try:
                piece = await reader.read()
            except Exception as error:
                raise BrokenOff(_reason(error), error) from error
            if piece.done:
                return
            yield piece.value.to_bytes()

    async def aclose(self) -> None:
        """Gives up what has not been read; nothing happens if all of it was."""
        self._controller.abort()


class BrowserTransport:
    """``fetch`` for one page or worker; the browser keeps the connections."""

    def __init__(self, page_origin: str | None) -> None:
        self._page_origin = page_origin

    async def send(self, request: Request) -> BrowserAnswer:
        """The answer, once its headers are there. A cancelled task aborts the request."""
        import js
        from pyodide.ffi import to_js

        controller = js.AbortController.new()
        options = to_js(self._options(request), dict_converter=js.Object.fromEntries)
        options.signal = controller.signal
        try:
            return BrowserAnswer(await js.fetch(request.url, options), controller)
        except Exception as error:
            raise Unreachable(_reason(error), error) from error
        except BaseException:  # the task was cancelled, or the time is over
            controller.abort()
            raise

    async def aclose(self) -> None:
        """Nothing to close."""

    def _options(self, request: Request) -> dict[str, Any]:
        options = {
            "method": request.method,
            # `fetch` takes a header value as a string of bytes (Fetch standard §2.2.2): here, those of UTF-8.
            "headers": [[name, value.encode().decode("latin-1")] for name, value in request.headers],
            "credentials": credentials_mode(request.url, self._page_origin, has_token=request.has_token),
            "redirect": "manual",
        }
        if request.body is not None:
            options["body"] = request.body.decode()
        return options


def _reason(error: Exception) -> str:
    # The browser tells scripts no more than "Failed to fetch"; its console says why.
    return f"{str(error).partition(chr(10))[0]} (the browser's console says why)"
