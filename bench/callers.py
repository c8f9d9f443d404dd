"""``python -m bench.callers``: what it costs a call to say who calls: sessions, CSRF and origins, tokens, rates."""

import argparse
import asyncio
import itertools
from collections.abc import Mapping, Sequence

from joserfc.jwk import ECKey

from bench.sign_in import Step, best_of
from widget_service.connectors.snapshot import Snapshot
from widget_service.identity.callers import Callers
from widget_service.identity.directory import Directory, DirectoryHolder, ServedTenant
from widget_service.identity.origins import OriginPolicy
from widget_service.identity.sessions import Sessions
from widget_service.identity.user_keys import keys_of_set, secret_key
from widget_service.identity.user_tokens import UserTokens
from widget_service.identity.users import User
from widget_service.ratelimits.limiter import RateLimiter
from widget_service.ratelimits.rate import Rate
from widget_service.vault import MasterKey, MasterKeys

_HOST, _SECRET = "widgets.example.com", b"a-shared-secret-of-more-than-32-characters"
_ANNA = User("u-1", email="anna@example.com", first_name="Anna", profile_fields={"7": "Botany"})
_LIMIT = 10**9
_MANY = 5000


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the microseconds of each step, the best of a few slices."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=1.0, help="for each step")
    seconds = parser.parse_args(arguments).seconds
    for name, microseconds in asyncio.run(_measured(seconds)).items():
        print(f"{name:<44}{microseconds:10.1f} µs")


async def _measured(seconds: float) -> dict[str, float]:
    callers, sessions = _callers(), Sessions(_master_keys(), secure=True)
    opened = sessions.open(_ANNA)
    cookie = {"cookie": opened.set_cookie.partition(";")[0], "x-csrf-token": opened.csrf_token}
    page = {"origin": f"https://{_HOST}", "sec-fetch-site": "same-origin"}
    cookies = [_cookie(sessions) for _ in range(_MANY)]
    tokens = [_bearer(UserTokens(_SECRET, tenant_id="default"), f"u-{number}") for number in range(_MANY)]
    steps = {
        "anonymous program": _identified(callers, [{}]),
        "anonymous page": _identified(callers, [page]),
        "page with session and CSRF token": _identified(callers, [{**page, **cookie}]),
        "the same, each session for the first time": _identified(callers, cookies, fresh=True),
        "program with user token": _identified(callers, [tokens[0]]),
        "the same, each token for the first time": _identified(callers, tokens, fresh=True),
        "the same by ES256": _identified(_callers(), _es256_tokens(), fresh=True),
        "one rate, counted in memory": _counted(1),
        "three rates, counted in memory": _counted(3),
    }
    return {name: await best_of(step, seconds) for name, step in steps.items()}


def _master_keys() -> MasterKeys:
    return MasterKeys([MasterKey(b"k" * 32)])


_EC_KEY = ECKey.generate_key("P-256", {"kid": "one"})


def _callers() -> Callers:
    """Return the callers of a service with a hundred tenants."""
    keys = [secret_key(_SECRET), *keys_of_set(_EC_KEY.as_dict(private=False))]
    tenants = [
        ServedTenant(
            name,
            Snapshot(tenant_id=name),
            OriginPolicy(public_url=f"https://{host}", allowed_origins=["https://app.example.com"], own_hosts=[host]),
            UserTokens(*keys, tenant_id=name),
            hosts=frozenset({host}),
        )
        for name, host in [("default", _HOST), *((f"t-{number}", f"t-{number}.example.com") for number in range(99))]
    ]
    return Callers(DirectoryHolder(Directory(tenants)), sessions=Sessions(_master_keys(), secure=True))


def _cookie(sessions: Sessions) -> dict[str, str]:
    opened = sessions.open(_ANNA)
    return {"cookie": opened.set_cookie.partition(";")[0], "x-csrf-token": opened.csrf_token}


def _bearer(tokens: UserTokens, user: str) -> dict[str, str]:
    return {"authorization": f"Bearer {tokens.mint(User(user))}"}


def _es256_tokens() -> list[dict[str, str]]:
    from joserfc import jwt

    minted = UserTokens(_SECRET, tenant_id="default")
    claims = [jwt.decode(minted.mint(User(f"u-{number}")), secret_key(_SECRET).key).claims for number in range(200)]
    return [{"authorization": "Bearer " + jwt.encode({"alg": "ES256", "kid": "one"}, each, _EC_KEY)} for each in claims]


def _identified(callers: Callers, sent: Sequence[Mapping[str, str]], *, fresh: bool = False) -> Step:
    """Return a step that identifies one of ``sent`` after the other; ``fresh``: nobody is remembered."""
    each = itertools.cycle([{"host": _HOST, **headers} for headers in sent])

    async def identify() -> object:
        if fresh:
            _forget(callers)
        return await callers.identify(next(each), scheme="http", peer="127.0.0.1")

    return identify


def _forget(callers: Callers) -> None:
    callers.sessions._verified._values.clear()
    callers.directories.current.tenants["default"].user_tokens._verified._values.clear()


def _counted(count: int) -> Step:
    limiter = RateLimiter()
    users = itertools.cycle(range(_MANY))

    async def count_call() -> object:
        user = next(users)
        return await limiter.hit([Rate("caller", f"{number}\n{user}", _LIMIT) for number in range(count)])

    return count_call


if __name__ == "__main__":
    main()
