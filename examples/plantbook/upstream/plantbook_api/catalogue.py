"""The plants: read once from ``plants.json``, searched in memory."""

import json
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from plantbook_api.regions import Region

Plant = Mapping[str, Any]

FILE = Path(__file__).parent / "plants.json"
SIZE_FACTORS = {"S": 0.65, "M": 1.0, "L": 1.8}

_SEARCHED = ("name", "latin_name", "family", "origin")
_IN_EUROS = frozenset({"price_eur", "supplier_cost_eur"})


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for. Empty text and ``None`` match every plant."""

    q: str = ""
    light: str = ""
    pet_safe: bool | None = None
    status: str = "all"
    sort: str = "popular"


class Catalogue:
    """All plants, the most popular first, as the file has them."""

    def __init__(self, plants: Iterable[Plant]) -> None:
        self._plants = {plant["id"]: plant for plant in plants}
        self._texts = {id_: _folded(" ".join(plant[key] for key in _SEARCHED)) for id_, plant in self._plants.items()}
        self._names = {_folded(plant["name"]): plant for plant in self._plants.values()}

    @classmethod
    def read(cls) -> "Catalogue":
        """Return the catalogue of the file."""
        return cls(json.loads(FILE.read_text(encoding="utf-8")))

    def get(self, id_: str) -> Plant | None:
        """Return the plant with this id."""
        return self._plants.get(id_)

    def search(self, search: Search) -> list[Plant]:
        """Return the plants that match, those first whose name matches."""
        found = list(self._matching(search))
        if search.sort == "name":
            found.sort(key=lambda plant: _folded(plant["name"]))
        words = _folded(search.q).split()
        return sorted(found, key=lambda plant: not all(word in _folded(plant["name"]) for word in words))

    def published_by_name(self, name: str) -> Plant | None:
        """Return the published plant with this name, whatever its case and accents."""
        plant = self._names.get(_folded(name))
        return plant if plant is not None and plant["status"] == "published" else None

    def similar_name(self, name: str) -> str | None:
        """Return the name of a published plant that looks most like ``name``, if one does."""
        published = [folded for folded, plant in self._names.items() if plant["status"] == "published"]
        matches = get_close_matches(_folded(name), published, n=1, cutoff=0.6)
        return self._names[matches[0]]["name"] if matches else None

    def _matching(self, search: Search) -> Iterator[Plant]:
        words = _folded(search.q).split()
        for id_, plant in self._plants.items():
            if (
                search.status in ("all", plant["status"])
                and search.light in ("", plant["light"])
                and search.pet_safe in (None, plant["toxicity"] == "none")
                and all(word in self._texts[id_] for word in words)
            ):
                yield plant


def size_price(plant: Plant, size: str, region: Region) -> dict[str, object]:
    """Return what a plant costs in a size."""
    return region.price(plant["price_eur"] * SIZE_FACTORS[size])


def in_region(plant: Plant, region: Region) -> dict[str, Any]:
    """Return a plant as the API shows it, with prices in the region's currency, the shop's own figures included."""
    shown = {key: value for key, value in plant.items() if key not in _IN_EUROS}
    prices = {size: size_price(plant, size, region) for size in SIZE_FACTORS}
    cost = round(plant["supplier_cost_eur"] * region.per_eur, 2)
    return {**shown, "price": prices["M"], "prices": prices, "supplier_cost": cost}


def _folded(text: str) -> str:
    """Return ``text`` without case and accents."""
    decomposed = unicodedata.normalize("NFKD", text.strip().casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))
