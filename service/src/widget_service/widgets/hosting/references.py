"""References of an entry to files of its folder: which are some, and the URLs that the files are served under."""

import posixpath
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from urllib.parse import quote, unquote

Rewrite = Callable[[str], str]

_SPACE = "\t\n\f\r "
_ELSEWHERE = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:|//|[#?]|\Z")
_PARTS = re.compile(r"([^?#]*)(.*)", re.DOTALL)
_CSS = re.compile(
    r"""(?P<other>/\*.*?(?:\*/|\Z)|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')"""
    r"""|(?P<open>(?<![\w-])url\(\s*)(?:"(?P<double>[^"\\\n]*)"|'(?P<single>[^'\\\n]*)'|(?P<plain>[^\s"'()\\]*))(?=\s*\))""",
    re.DOTALL | re.IGNORECASE,
)
_BARE_IMPORT = re.compile(r"""@import\s+["']([^"'\\\n]+)["']""", re.IGNORECASE)
_CANDIDATE = re.compile(rf"(?P<before>[{_SPACE},]*)(?P<url>[^{_SPACE}]+)(?P<descriptors>(?:\([^)]*\)|[^,(])*)")


@dataclass(slots=True)
class References:
    """Rewrites the references of the file ``entry`` to other ``files`` of its folder, which is served at ``base``.

    ``unresolved`` collects those that name no file; they are left as they are.
    """

    entry: str
    files: Collection[str]
    base: str
    unresolved: list[str] = field(default_factory=list)

    def rewrite(self, reference: str) -> str:
        """Return the URL of the file that ``reference`` names, or ``reference`` itself.

        A leading slash means the widget's folder. Query and fragment are kept.
        """
        text = reference.strip(_SPACE)
        if _ELSEWHERE.match(text):
            return reference
        path, rest = _PARTS.fullmatch(text).groups()  # type: ignore[union-attr]
        file = self._file(unquote(path))
        if file is None:
            if text not in self.unresolved:
                self.unresolved.append(text)
            return reference
        return self.base + quote(file) + rest

    def _file(self, path: str) -> str | None:
        folders = ("",) if path.startswith("/") else (posixpath.dirname(self.entry), "")
        for folder in folders:
            candidate = posixpath.normpath(posixpath.join(folder, path.lstrip("/")))
            if candidate in self.files:
                return candidate
        return None


def bare_imports(css: str) -> list[str]:
    """Return the relative URLs of each ``@import`` that is written as a string, which is not rewritten."""
    without_comments = re.sub(r"/\*.*?(?:\*/|\Z)", "", css, flags=re.DOTALL)
    return [url for url in _BARE_IMPORT.findall(without_comments) if not _ELSEWHERE.match(url)]


def rewrite_css(css: str, rewrite: Rewrite) -> str:
    """Return ``css`` with each ``url()`` rewritten; comments and strings are left alone (CSS Syntax 3 §4.3)."""

    def replace(match: re.Match[str]) -> str:
        if match["other"] is not None:
            return match[0]
        url = next(text for name in ("double", "single", "plain") if (text := match[name]) is not None)
        rewritten = rewrite(url)
        if rewritten == url:
            return match[0]
        return f'{match["open"]}"{rewritten.replace(chr(34), "%22")}"'

    return _CSS.sub(replace, css)


def rewrite_srcset(srcset: str, rewrite: Rewrite) -> str:
    """Return ``srcset`` with the URL of each image candidate rewritten (WHATWG HTML §4.8.4.2.1)."""

    def replace(match: re.Match[str]) -> str:
        url = match["url"].rstrip(",")
        commas = match["url"][len(url) :]
        if commas:  # no descriptors: what follows the comma is the next candidate
            return match["before"] + rewrite(url) + commas + rewrite_srcset(match["descriptors"], rewrite)
        return match["before"] + rewrite(url) + match["descriptors"]

    return _CANDIDATE.sub(replace, srcset)
