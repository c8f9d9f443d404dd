"""A request as the options of a libcurl handle."""

from collections.abc import Sequence

import pycurl

from widget_service.egress.client_tls import ClientTls
from widget_service.egress.messages import UpstreamRequest
from widget_service.egress.request_lines import request_lines
from widget_service.egress.upload import Upload
from widget_service.egress.urls import Url
from widget_service.header_values import is_header_name

METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})
_WITH_CONTENT = frozenset({"POST", "PUT", "PATCH"})  # their length is sent even when it is 0 (RFC 9110 §8.6)
_MAX_PINNED = 8


def set_request(handle: pycurl.Curl, request: UpstreamRequest, url: Url, addresses: Sequence[str]) -> None:
    """Set the request on a fresh handle. ``addresses`` are those that the host's name stands for, if it is a name."""
    if request.method not in METHODS and not (request.as_proxy and is_header_name(request.method)):
        raise ValueError(f"{request.method} is none of the methods that are sent")
    handle.setopt(pycurl.URL, url.origin + url.target)
    handle.setopt(pycurl.CONNECTTIMEOUT_MS, max(1, int(request.connect_timeout_s * 1000)))
    if addresses:
        handle.setopt(pycurl.RESOLVE, [_pin(url, addresses)])
    if request.as_proxy:
        handle.unsetopt(pycurl.ACCEPT_ENCODING)
    if request.tls is not None:
        _set_tls(handle, request.tls)
    if request.upload is not None:
        has_body = _set_upload(handle, request.method, request.upload)
    else:
        has_body = _set_method(handle, request.method, request.body)
    handle.setopt(pycurl.HTTPHEADER, request_lines(request.headers, has_body=has_body))


def is_plain(request: UpstreamRequest, url: Url) -> bool:
    """Whether a request sets no more than a URL without a query, which may hold a secret, and headers."""
    if request.method != "GET" or request.body is not None or url.query:
        return False
    return request.upload is None and request.tls is None


def _pin(url: Url, addresses: Sequence[str]) -> str:
    """Return the line that names the addresses; the plus lets it be forgotten after a while."""
    shown = [f"[{address}]" if ":" in address else address for address in addresses[:_MAX_PINNED]]
    return f"+{url.host}:{url.port}:{','.join(shown)}"


def _set_method(handle: pycurl.Curl, method: str, body: bytes | None) -> bool:
    """Set method and body; return whether there is one."""
    if method == "HEAD":
        handle.setopt(pycurl.NOBODY, 1)
        return False
    if method in _WITH_CONTENT and body is None:
        body = b""
    if body is not None:
        handle.setopt(pycurl.POSTFIELDS, body)
    if method != "GET" or body is not None:
        handle.setopt(pycurl.CUSTOMREQUEST, method)
    return body is not None


def _set_upload(handle: pycurl.Curl, method: str, upload: Upload) -> bool:
    """Set method and a body that is sent as it comes: with its length, or in chunks where that is not known."""
    handle.setopt(pycurl.UPLOAD, 1)
    handle.setopt(pycurl.CUSTOMREQUEST, method)
    handle.setopt(pycurl.READFUNCTION, upload.read)
    handle.setopt(pycurl.INFILESIZE_LARGE, -1 if upload.length is None else upload.length)
    return True


def _set_tls(handle: pycurl.Curl, tls: ClientTls) -> None:
    """Set the certificates, from memory; what cannot be read fails the handshake, not this call."""
    if tls.ca is not None:
        handle.unsetopt(pycurl.CAINFO)
        handle.setopt(pycurl.CAINFO_BLOB, tls.ca)
    if tls.client_cert is not None and tls.client_key is not None:
        handle.setopt(pycurl.SSLCERTTYPE, "PEM")
        handle.setopt(pycurl.SSLKEYTYPE, "PEM")
        handle.setopt(pycurl.SSLCERT_BLOB, tls.client_cert)
        handle.setopt(pycurl.SSLKEY_BLOB, tls.client_key)
