"""Where things stand in a template: Jinja counts lines only, so it is made to count characters instead.

Every token, and with it every node of the parsed template, gets the offset of its first character, plus one, as its
"line number". What Jinja says of a line is then turned back into line and column.
"""

import itertools
import re
from collections.abc import Iterator

from jinja2 import Environment
from jinja2.exceptions import TemplateSyntaxError as JinjaSyntaxError
from jinja2.lexer import TokenStream

_LINE_BREAK = re.compile(r"\r\n|\r|\n")

RawToken = tuple[int, str, str]

MAX_TOKENS = 15_000


def normalised(source: str) -> str:
    r"""Return ``source`` as Jinja reads it: lines end with ``\n``, and the last line break does not count."""
    source = _LINE_BREAK.sub("\n", source)
    return source.removesuffix("\n")


def place_of(source: str, number: int) -> tuple[int, int]:
    """Return line and column, from 1, for one of the numbers that stand for lines; ``source`` is normalised."""
    offset = min(max(number - 1, 0), len(source))
    line_start = source.rfind("\n", 0, offset) + 1
    return source.count("\n", 0, offset) + 1, offset - line_start + 1


def tokenize(environment: Environment, source: str, name: str | None, filename: str | None) -> TokenStream:
    """Return the tokens of a normalised ``source`` with their offsets."""
    lexer = environment.lexer
    raw = _with_offsets(source, lexer.tokeniter(source, name, filename))
    return TokenStream(lexer.wrap(raw, name, filename), name, filename)


def _with_offsets(source: str, tokens: Iterator[RawToken]) -> Iterator[RawToken]:
    """What Jinja leaves out (white space beside ``{%-``) lies between tokens: each is found behind the one before."""
    position = 0
    for count in itertools.count():
        try:
            _, kind, text = next(tokens)
        except StopIteration:
            return
        except JinjaSyntaxError as error:
            raise JinjaSyntaxError(error.message or "", position + 1, error.name, error.filename) from None
        if count > MAX_TOKENS:
            raise JinjaSyntaxError(f"the template has more than {MAX_TOKENS:,} words and signs", position + 1)
        start = source.find(text, position)
        start = position if start < 0 else start
        position = start + len(text)
        yield start + 1, kind, text
