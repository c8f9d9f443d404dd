"""How often logging in was tried without success, by account and by address."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select, update

from widget_service.storage.admin_models import LoginFailureRow
from widget_service.storage.changes import Change


def count(change: Change, key: str, *, window: timedelta) -> tuple[int, datetime]:
    """Count one more try and return how many there were in the window that began with the first, and its end."""
    row = change.connection.execute(
        select(LoginFailureRow.count, LoginFailureRow.first_at).where(LoginFailureRow.key == key)
    ).first()
    if row is None or row.first_at + window <= change.at:
        forget(change, [key])
        values = {"key": key, "count": 1, "first_at": change.at, "last_at": change.at}
        change.connection.execute(insert(LoginFailureRow).values(values))
        return 1, change.at + window
    tries: int = row[0] + 1
    kept = update(LoginFailureRow).where(LoginFailureRow.key == key)
    change.connection.execute(kept.values(count=tries, last_at=change.at))
    return tries, row.first_at + window


def forget(change: Change, keys: Iterable[str]) -> None:
    """Delete what is counted for the keys."""
    change.connection.execute(delete(LoginFailureRow).where(LoginFailureRow.key.in_(list(keys))))


def sweep(change: Change, *, window: timedelta) -> None:
    """Delete what is over."""
    change.connection.execute(delete(LoginFailureRow).where(LoginFailureRow.first_at <= change.at - window))
