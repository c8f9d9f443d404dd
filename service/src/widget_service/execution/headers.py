"""Which headers travel, from the caller to the destination and back (RFC 9110 §7.6.1)."""

from functools import lru_cache

HOP_BY_HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)

# Never taken from a caller, not even for a header that the connector declares overridable: they speak of the
# caller's own session and connection, or they are conditions and ranges that would break the cache.
NEVER_FROM_CALLER = HOP_BY_HOP | {
    "authorization",
    "content-length",
    "cookie",
    "expect",
    "host",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
    "origin",
    "range",
    "referer",
    "x-csrf-token",
    "x-path-params",
}

_PASSED_ON = frozenset({"accept", "accept-language", "content-type"})

# X-* headers with which a proxy or a framework is told who calls, or to take another method or path.
_WITHHELD_X = frozenset(
    {
        "x-client-ip",
        "x-cluster-client-ip",
        "x-connector-timing",
        "x-connector-upstream-status",
        "x-debug-request",
        "x-envoy-external-address",
        "x-forwarded",
        "x-host",
        "x-http-host-override",
        "x-http-method",
        "x-http-method-override",
        "x-method-override",
        "x-original-forwarded-for",
        "x-original-host",
        "x-original-url",
        "x-path-params",
        "x-csrf-token",
        "x-real-ip",
        "x-remote-addr",
        "x-remote-ip",
        "x-remote-user",
        "x-request-id",
        "x-rewrite-url",
        "x-true-client-ip",
    }
)
_WITHHELD_X_PREFIXES = ("x-forwarded-", "x-accel-", "x-envoy-", "x-amzn-", "x-appengine-")

_PASSED_BACK = frozenset({"content-language", "content-disposition", "link", "retry-after", "x-total-count"})
_PASSED_BACK_PREFIXES = ("x-ratelimit-", "ratelimit")
_VALIDATORS = frozenset({"etag", "last-modified"})


def is_passed_on(name: str) -> bool:
    """Whether a caller's header (lowercase ``name``) that the connector does not declare goes to the destination."""
    if name in _PASSED_ON:
        return True
    return name.startswith("x-") and name not in _WITHHELD_X and not name.startswith(_WITHHELD_X_PREFIXES)


@lru_cache(maxsize=1024)
def is_passed_back(name: str, *, transformed: bool) -> bool:
    """Whether a header of the destination's answer (lowercase ``name``) goes back to the caller.

    A validator of the original body says nothing about a transformed one.
    """
    if name in _PASSED_BACK or name.startswith(_PASSED_BACK_PREFIXES):
        return True
    return name in _VALIDATORS and not transformed
