"""The rules of URLs: absolute, https, to a public address; templates in path and query, hardly any in the host."""

from collections.abc import Iterator

from widget_service.connectors.problems import Finding
from widget_service.connectors.rules import Rules
from widget_service.connectors.url_characters import check_characters, check_parts, literal_texts
from widget_service.connectors.url_destination import check_destination, is_of_this_machine
from widget_service.connectors.url_template import (
    UrlTemplate,
    host_variable,
    parse_url_template,
    split_url_template,
    without_fragment,
)

__all__ = ["check_url", "split_url_template"]

_STAND_IN = "variable"  # a label in the place of one that is known only at execution
_SHOWN_CHARACTERS = 200
_WHOLE_URL = "an absolute URL such as https://api.example.com/v1, or one that begins with {{ get_variable('name') }}"
_HOST_FORMS = (
    "{{ get_variable('name') }} alone, or with | default('literal'): after https:// as the host or as whole labels of "
    "it, or at the beginning of the URL as its whole origin, with a path or nothing behind it"
)


def check_url(url: str, rules: Rules) -> Iterator[Finding]:
    """Yield what is wrong with the ``url`` of a connector or step, the syntax of its templates apart."""
    texts = literal_texts(url)
    template = parse_url_template(url)
    findings = [*check_characters(texts), *_check_form(template, rules)]
    if all(finding.code == "url_not_https" for finding in findings):
        origin = _origin_to_check(template)
        destination = list(check_destination(origin, rules))
        if is_of_this_machine(origin) and any(finding.code == "url_private" for finding in destination):
            # One setting admits both, and one other URL mends both: the scheme is not told apart from the address.
            findings, destination = [], [finding for finding in destination if finding.code != "url_not_https"]
        findings += [finding for finding in destination if finding not in findings]
    yield from findings
    yield from check_parts(texts, drops_fragment=template.rest != without_fragment(template.rest))


def _check_form(template: UrlTemplate, rules: Rules) -> Iterator[Finding]:
    """Yield what is wrong with everything before the path, without asking what the host is."""
    scheme = template.scheme.lower()
    if not scheme and (template.pieces[0] or not template.authority):
        yield _finding("url_not_absolute", "is not an absolute URL", _WHOLE_URL)
    elif scheme == "http://" and not rules.allow_insecure:
        yield _finding("url_not_https", "is http, which anyone on the way can read", "https")
    elif scheme not in ("https://", "http://", ""):
        yield _finding("url_scheme", f"has the scheme {template.scheme.removesuffix('://')}", "https")
    if "@" in "".join(template.pieces[::2]):
        expected = "authentication of type basic, with get_secret('name')"
        yield _finding("url_credentials", "holds a user name or a password before its host", expected)
    if scheme:
        yield from _check_labels(template)
    elif not template.pieces[0]:
        yield from _check_whole_origin(template)


def _check_whole_origin(template: UrlTemplate) -> Iterator[Finding]:
    texts, expressions = template.pieces[::2], template.pieces[1::2]
    if any(texts) or len(expressions) > 1:
        yield _misplaced(template.authority)
    elif expressions and host_variable(expressions[0]) is None:
        yield _misplaced(expressions[0])


def _check_labels(template: UrlTemplate) -> Iterator[Finding]:
    pieces = template.pieces
    last = len(pieces) - 1
    for index in range(1, last, 2):
        before, after = pieces[index - 1], pieces[index + 1]
        begins_label = before.endswith(".") or (not before and index == 1)
        ends_label = after.startswith((".", ":")) or (not after and index + 1 == last)
        if host_variable(pieces[index]) is None or not begins_label or not ends_label:
            yield _misplaced(pieces[index])


def _origin_to_check(template: UrlTemplate) -> str | None:
    """Return the origin with each variable's default, or with something that may be there; None if nothing is known.

    An empty default is none: it says that the variable must be there.
    """
    variables = [host_variable(expression) for expression in template.pieces[1::2]]
    values = [(variable.default or None) if variable else None for variable in variables]
    if not template.scheme:
        return values[0] if values else None
    pieces = template.pieces
    pieces[1::2] = [_STAND_IN if value is None else value for value in values]
    return template.scheme + "".join(pieces)


def _misplaced(expression: str) -> Finding:
    text = " ".join(expression.split())
    if len(text) > _SHOWN_CHARACTERS:
        text = text[:_SHOWN_CHARACTERS] + "…"
    return _finding("url_host_template", f"has {text} in its host, where it may not stand", _HOST_FORMS)


def _finding(code: str, message: str, expected: str) -> Finding:
    return Finding(code=code, message=message, expected=expected)
