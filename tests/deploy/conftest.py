"""The image, built once for all tests here."""

from pathlib import Path

import pytest

from support.container import Image, build

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def image(tmp_path_factory) -> Image:
    """What the Dockerfile makes."""
    return build(ROOT / "Dockerfile", ROOT, tmp_path_factory.mktemp("image"))
