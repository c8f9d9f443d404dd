"""Who makes a change, from where, and whether the secrets of the tenant are theirs to use."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who makes changes: ``name`` such as ``cli:root``, ``admin:anna`` or ``token:deploy``.

    ``address`` is where the request came from, empty on the machine itself. ``may_use_secrets`` says whether a change
    may send a secret to a destination that it was not sent to before.
    """

    name: str
    address: str = ""
    may_use_secrets: bool = False


Who = Actor | str
"""An actor, or the name of one who works on the database itself: nothing is kept from somebody with its file."""


def actor_of(who: Who) -> Actor:
    """Return the actor."""
    return who if isinstance(who, Actor) else Actor(who, may_use_secrets=True)
