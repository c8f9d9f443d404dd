"""An explained request as a curl command for a POSIX-like shell, secrets by variables that are set before."""

import re
from dataclasses import dataclass, field
from typing import Any, Final

from widget_service.execution.call import encode_query
from widget_service.templating.masking import MASK

_PLACEHOLDER: Final = re.compile(
    r"\{\{-?\s*get_secret\(\s*(?P<quote>['\"])(?P<secret>[A-Za-z_][A-Za-z0-9_]*)(?P=quote)\s*\)\s*-?\}\}"
    rf"|(?P<hidden>{MASK})|<(?P<token>signed|access) token>"
)
_TEMPLATE: Final = re.compile(r"\{[{%#]")
_OF_TEMPLATES: Final = ("connector", "authentication")
_BASIC: Final = "Basic base64("
_NO_TEXT: Final = re.compile(r"<[0-9]+ bytes that are no text>")
_SHELLS_OWN: Final = frozenset({"PATH", "HOME", "IFS", "ENV", "PWD", "SHELL", "USER", "UID", "PPID", "LANG", "TERM"})


def as_curl(explained: dict[str, Any]) -> str:
    """Return a command that makes the same request.

    Where a value is the text of a template, or hidden, the command has a variable of the shell; lines above it say
    which these are.
    """
    command = _Command()
    options = [option for pair in explained.get("headers", ()) for option in command.header(pair)]
    url = command.url(explained["url"], explained.get("query_parameters", ()))
    body = command.body(explained.get("request_body"), explained.get("request_body_cut"))
    told = [f"# Set {name} first: {what}" for name, what in command.variables.items()]
    parts = [f"curl -X {explained['method']}{' -g' if re.search(r'[][{}]', url) else ''}", url, *options, *body]
    return "\n".join([*told, *command.remarks, " \\\n  ".join(parts)])


def quoted(text: str) -> str:
    """Return ``text`` as a word of the shell; what would move a terminal's cursor is written as an escape."""
    if all(one.isprintable() or one == "\n" for one in text):
        return "'" + text.replace("'", "'\\''") + "'"
    return "$'" + "".join(map(_escaped, text)) + "'"


@dataclass(slots=True)
class _Command:
    """Collects the variables: each name with what it stands for."""

    variables: dict[str, str] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)

    def header(self, pair: dict[str, Any]) -> list[str]:
        """Return the option of one header."""
        name, value = pair["name"], pair["value"]
        if pair["from"] == "authentication" and value.startswith(_BASIC) and value.endswith(")"):
            return [f"-u {self._word('', value[len(_BASIC) : -1], name)}"]
        if pair["from"] not in _OF_TEMPLATES:
            return [f"-H {quoted(f'{name}: {value}')}"]
        return [f"-H {self._word(f'{name}: ', value, name)}"]

    def url(self, base: str, query: list[dict[str, Any]]) -> str:
        """Return the URL as a word. Variables in it are sent as they are: they must be percent-encoded already."""
        word, literal = "", base
        for index, pair in enumerate(query):
            mark = "&" if index else "?"
            name, value = pair["name"], pair["value"]
            if value is None or pair["from"] not in _OF_TEMPLATES or not _is_variable(value):
                literal += mark + encode_query([(name, value)])[1:]
                continue
            literal += mark + encode_query([(name, "")])[1:]
            for text, variable in self._segments(value, name, " percent-encoded"):
                literal += "" if variable else encode_query([("", text)])[2:]
                if variable:
                    word, literal = word + (quoted(literal) if literal else "") + f'"${text}"', ""
        return word + (quoted(literal) if literal else "")

    def body(self, text: str | None, whole: int | None = None) -> list[str]:
        """Return the option of the body, where there is one; ``whole`` is its length where ``text`` is cut."""
        if not text:
            return []
        if _NO_TEXT.fullmatch(text):
            self.remarks.append(f"# The body: {text[1:-1]}; save them in a file of that name.")
            return ["--data-binary @body"]
        if MASK in text:
            self.remarks.append(f"# In the body, {MASK} stands for a secret.")
        if whole is not None:
            self.remarks.append(
                f"# The body is cut: it has {whole:,} characters, of which the first {len(text):,} are here."
            )
        return [f"--data-raw {quoted(text)}"]

    def _word(self, before: str, value: str, name: str) -> str:
        word, literal = "", before
        for text, variable in self._segments(value, name):
            if variable:
                word, literal = word + (quoted(literal) if literal else "") + f'"${text}"', ""
            else:
                literal += text
        return word + (quoted(literal) if literal or not word else "")

    def _segments(self, value: str, name: str, how: str = "") -> list[tuple[str, bool]]:
        """Return the parts of a value in their order; of those that are variables, the names."""
        if _TEMPLATE.search(_PLACEHOLDER.sub("", value)):
            return [(self._variable(name, f"what this renders to{how}: {_one_line(value)}"), True)]
        parts, end = [], 0
        for match in _PLACEHOLDER.finditer(value):
            parts += [(value[end : match.start()], False), (self._named(match, name, how), True)]
            end = match.end()
        return [part for part in (*parts, (value[end:], False)) if part[0]]

    def _named(self, match: re.Match[str], name: str, how: str) -> str:
        if secret := match["secret"]:
            return self._variable(secret, f"the secret '{secret}'{how}")
        if kind := match["token"]:
            return self._variable(f"{kind}_token", f"a{'n' if kind == 'access' else ''} {kind} token{how}")
        return self._variable(name, f"what stands in the definition of '{_one_line(name)}'{how}", is_shared=False)

    def _variable(self, name: str, what: str, *, is_shared: bool = True) -> str:
        """Return a variable that stands for ``what``, one that has it already where it may be shared."""
        plain = re.sub(r"[^A-Z0-9_]", "_", name.upper())
        plain = f"_{plain}" if plain[:1].isdigit() or plain in _SHELLS_OWN or not plain else plain
        number, variable = 1, plain
        while variable in self.variables and not (is_shared and self.variables[variable] == what):
            number += 1
            variable = f"{plain}_{number}"
        self.variables[variable] = what
        return variable


def _is_variable(value: str) -> bool:
    return bool(_PLACEHOLDER.search(value) or _TEMPLATE.search(value))


def _one_line(text: str) -> str:
    return "".join(one if one.isprintable() else _escaped(one) for one in text)


def _escaped(one: str) -> str:
    """A character as it stands between ``$'`` and ``'``: octal, which takes three digits and no more."""
    if one in "\\'":
        return "\\" + one
    if one.isprintable():
        return one
    return "".join(f"\\{byte:03o}" for byte in one.encode("utf-8", "surrogatepass"))
