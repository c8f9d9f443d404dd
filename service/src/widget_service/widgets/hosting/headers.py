"""Headers of what the service hosts for widgets, and the Content-Security-Policy of the pages that hold them."""

from collections.abc import Iterable, Mapping

SCRIPT_HOSTS = (
    "https://cdn.jsdelivr.net",
    "https://cdnjs.cloudflare.com",
    "https://unpkg.com",
    "https://esm.sh",
)
"""Where the platform lets widgets load scripts from."""

_ANYWHERE = "* data: blob:"


def content_security_policy(script_hosts: Iterable[str] = (), style_hosts: Iterable[str] = ()) -> str:
    """Return the policy under which widgets run; the hosts are those of a page's own external files.

    Inline scripts are allowed as on the platform, ``eval`` is not; WebAssembly is, for widgets written in Python.
    """
    directives = {
        "default-src": "'self'",
        "script-src": _joined("'self' 'unsafe-inline' 'wasm-unsafe-eval'", *SCRIPT_HOSTS, *script_hosts),
        "style-src": _joined("'self' 'unsafe-inline' https:", *style_hosts),
        "connect-src": _ANYWHERE,
        "img-src": _ANYWHERE,
        "font-src": _ANYWHERE,
        "media-src": _ANYWHERE,
        "frame-src": _ANYWHERE,
        "worker-src": "'self' blob:",
        "object-src": "'self'",
        "base-uri": "'self'",
        "frame-ancestors": "'self'",
    }
    return "; ".join(f"{name} {sources}" for name, sources in directives.items())


def _joined(*sources: str) -> str:
    return " ".join(dict.fromkeys(sources))


GUARDING_HEADERS: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "X-Frame-Options": "SAMEORIGIN",
    "Permissions-Policy": "camera=(), microphone=(), payment=(), usb=()",
}

ASSET_HEADERS: Mapping[str, str] = {
    **GUARDING_HEADERS,
    "Content-Security-Policy": content_security_policy(),
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Cache-Control": "no-cache",
}
"""Files of widgets are public, and modules of another page's widgets are fetched with CORS."""

LASTING: Mapping[str, str] = {"Cache-Control": "public, max-age=31536000, immutable"}
"""For URLs that hold a digest of what they answer with."""
