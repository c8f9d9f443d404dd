"""Tokens in the memory of this process: the ones used last, so many at most."""

from collections import OrderedDict

from widget_service.authentication.grant import TokenKey
from widget_service.authentication.tokens.token import Token

MAX_TOKENS = 10_000


class TokenMemory:
    """Answers at once: the hot path looks here and nowhere else."""

    def __init__(self, max_tokens: int = MAX_TOKENS) -> None:
        self._tokens: OrderedDict[TokenKey, Token] = OrderedDict()
        self._max_tokens = max_tokens

    def get(self, key: TokenKey, now: float) -> Token | None:
        """Return the token that may still be sent, if there is one."""
        token = self._tokens.get(key)
        if token is None or not token.lives(now):
            return None
        self._tokens.move_to_end(key)
        return token

    def put(self, key: TokenKey, token: Token) -> None:
        """Keep a token in the place of any older one."""
        self._tokens[key] = token
        self._tokens.move_to_end(key)
        if len(self._tokens) > self._max_tokens:
            self._tokens.popitem(last=False)
