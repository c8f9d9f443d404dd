"""Orders: is one acceptable, and what does the shop answer?"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from plantbook_api.catalogue import SIZE_FACTORS, Catalogue, Plant, size_price
from plantbook_api.regions import Region

MAX_NAME_LENGTH = 80
EXTRA_DAYS_FOR_LARGE = 2

_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """What is wrong with one field, in words for the person who filled it in."""

    field: str
    message: str


class OrderRefused(Exception):
    """The order cannot be taken; ``problems`` says why, field by field."""

    def __init__(self, problems: list[FieldProblem]) -> None:
        super().__init__("; ".join(problem.message for problem in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Order:
    """An order that can be delivered."""

    plant: Plant
    size: str
    email: str


def read_order(payload: object, catalogue: Catalogue) -> Order:
    """Return the order that a request's JSON asks for; raise `OrderRefused` with every problem of it."""
    if not isinstance(payload, Mapping):
        raise OrderRefused([FieldProblem("", "An order is an object with a name and a size.")])
    email = payload.get("email") or ""
    name = _text(payload.get("name"))
    plant = catalogue.published_by_name(name)
    size = _text(payload.get("size")).upper()
    problems = [
        FieldProblem(field, message)
        for field, message in (
            ("name", _name_problem(name, plant, catalogue)),
            ("size", _size_problem(size, plant)),
            ("email", "" if isinstance(email, str) and ("@" in email or not email) else "This is no e-mail address."),
        )
        if message
    ]
    if problems or plant is None:
        raise OrderRefused(problems)
    return Order(plant, size, email)


def receipt(order: Order, *, number: int, region: Region, today: date) -> dict[str, Any]:
    """Return what the shop answers to an order, its own figures included."""
    price = size_price(order.plant, order.size, region)
    cost = round(order.plant["supplier_cost_eur"] * SIZE_FACTORS[order.size] * region.per_eur, 2)
    extra = EXTRA_DAYS_FOR_LARGE if order.size == "L" else 0
    earliest, latest = (working_days_after(today, days + extra) for days in region.delivery_days)
    return {
        "order_number": f"PB-{number}",
        "plant": {key: order.plant[key] for key in ("id", "name", "latin_name", "illustration")},
        "size": order.size,
        "price": price,
        "delivery": {"from": earliest.isoformat(), "to": latest.isoformat()},
        "confirmation_to": order.email or None,
        "supplier": order.plant["supplier"],
        "supplier_cost": cost,
        "warehouse": order.plant["warehouse"],
    }


def working_days_after(day: date, days: int) -> date:
    """Return the day that is ``days`` working days (Monday to Friday) after ``day``."""
    while days > 0:
        day += timedelta(days=1)
        days -= day.weekday() < _SATURDAY
    return day


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


def _name_problem(name: str, plant: Plant | None, catalogue: Catalogue) -> str:
    if plant is not None:
        return ""
    if not name:
        return "Which plant would you like? Please give its name."
    if len(name) > MAX_NAME_LENGTH:
        return f"A plant's name has at most {MAX_NAME_LENGTH} characters."
    similar = catalogue.similar_name(name)
    return f"We have no plant called “{name}”." + (f" Did you mean {similar}?" if similar else "")


def _size_problem(size: str, plant: Plant | None) -> str:
    if size not in SIZE_FACTORS:
        return "Please choose a size: S, M or L."
    if plant is None or plant["stock"][size] > 0:
        return ""
    there = [other for other in SIZE_FACTORS if plant["stock"][other] > 0]
    return f"{plant['name']} is sold out in size {size}; we have it in {' and '.join(there)}."
