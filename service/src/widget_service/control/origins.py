"""Host names and origins as admins write them, in their normal form."""

from widget_service.egress.urls import DEFAULT_PORTS, UrlError, parse_url
from widget_service.storage.errors import InvalidValue


def host_of(text: str) -> str:
    """Return a host name in its normal form; raise `InvalidValue` for what is none."""
    try:
        url = parse_url(f"https://{text}")
    except UrlError as error:
        raise InvalidValue(f"{text!r} is no host name such as widgets.example.com: {error}.") from None
    if url.port != DEFAULT_PORTS["https"] or url.origin != f"https://{text.lower()}":
        raise InvalidValue(f"{text!r} is more than a host name; leave out scheme, port and path: {url.host}.")
    return text.lower()


def origin_of(text: str) -> str:
    """Return an origin in its normal form; raise `InvalidValue` for what is none."""
    try:
        url = parse_url(text)
    except UrlError as error:
        raise InvalidValue(f"{text!r} is no origin such as https://api.example.com: {error}.") from None
    if url.path not in ("", "/") or url.query:
        raise InvalidValue(f"{text!r} has a path; an origin is only https://host[:port].")
    return url.origin


def key_set_url_of(text: str, *, allow_insecure: bool) -> str:
    """Return the address of a JWK Set; raise `InvalidValue` for what cannot be fetched from."""
    try:
        url = parse_url(text)
    except UrlError as error:
        raise InvalidValue(f"{text!r} is no URL such as https://id.example.com/jwks.json: {error}.") from None
    if url.origin.startswith("http:") and not allow_insecure:
        raise InvalidValue(f"{text!r} is http: whoever is on the way could sign tokens. Give an https:// URL.")
    return text
