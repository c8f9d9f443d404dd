"""What the asynchronous and the blocking client have in common: their settings."""

import os
from typing import Any, overload

from ._page import Page
from ._protocol import (
    CONFIG,
    CONFIGURE,
    BatchResults,
    OptionNames,
    Request,
    Settings,
    build_batch_request,
    build_request,
    change_settings,
    check_call,
    check_executions,
    checked_timeout,
    credentials_mode,
    read_options,
    subject_of,
    with_found_csrf_token,
)
from ._types import Headers, SDKConfig


class ConnectorsShell:
    """The settings of a client, and requests made from them."""

    def __init__(self, config: SDKConfig | None, keywords: dict[str, Any], page: Page | None) -> None:
        self._page = page
        self._settings = self._changed(None, read_options(CONFIG, config, keywords))

    @overload
    def configure(self, config: SDKConfig) -> None: ...
    @overload
    def configure(
        self,
        *,
        csrf_token: str | None = ...,
        headers: Headers | None = ...,
        timeout: float | None = ...,
        base_url: str | None = ...,
        token: str | None = ...,
    ) -> None: ...
    def configure(self, config: SDKConfig | None = None, **keywords: Any) -> None:
        """Changes the settings that are named, for all calls from now on; None puts one back to its default.

        Headers are merged into the present ones. Raises ConnectorBoundaryError, and changes nothing, for a value that
        cannot be.
        """
        self._settings = self._changed(self._settings, read_options(CONFIGURE, config, keywords))

    def update_headers(self, headers: Headers) -> None:
        """Merges headers, whose names compare without case, into those that are sent with every request."""
        self.configure(headers=headers)

    def set_default_timeout(self, timeout: float) -> None:
        """Sets the milliseconds that a whole call may take, if it does not say itself."""
        self.configure(timeout=checked_timeout(timeout))

    def get_headers(self) -> dict[str, str]:
        """The headers that are sent with every request, without those that are made from the tokens."""
        return dict(self._settings.headers.values())

    def get_default_timeout(self) -> float:
        """The milliseconds that a whole call may take."""
        return self._settings.timeout_ms

    def get_base_url(self) -> str:
        """The URL that ``/connectors/…`` and ``/batch`` are appended to."""
        return self._settings.base_url

    def _changed(self, settings: Settings | None, given: dict[str, Any]) -> Settings:
        return change_settings(
            settings,
            given,
            page_origin=self._page.origin if self._page else None,
            environment_url=os.environ.get("WIDGET_SERVICE_URL"),
        )

    def _settings_now(self) -> Settings:
        """The settings with the CSRF token that the page holds at this moment; without a session it stays there."""
        settings, page = self._settings, self._page
        if page is None or settings.csrf_token:
            return settings
        if credentials_mode(settings.base_url, page.origin, has_token=bool(settings.token)) == "omit":
            return settings
        return with_found_csrf_token(settings, page.csrf_token())

    def _request(
        self, accepted: OptionNames, options: object, keywords: dict[str, Any], *, composite: bool = False
    ) -> Request:
        call = check_call(read_options(accepted, options, keywords), composite=composite)
        return build_request(self._settings_now(), call)

    def _batch(self, executions: object, timeout: object) -> tuple[Request, BatchResults] | None:
        """The request of a batch and what collects its results; None if there is nothing to execute."""
        calls = check_executions(executions)
        timeout_ms = None if timeout is None else checked_timeout(timeout)
        if not calls:
            return None
        settings = self._settings_now()
        results = BatchResults([subject_of(settings, call.permalink, call.method) for call in calls])
        return build_batch_request(settings, calls, timeout_ms), results
