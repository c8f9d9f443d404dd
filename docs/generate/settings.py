"""The settings, of the table that the service reads them by."""

from docs.generate.markdown import code, page, table
from widget_service.control.settings_table import settings_table
from widget_service.settings import ENV_PREFIX, OTHER_VARIABLES, Settings

ABOUT = f"""\
Each is an environment variable: its name behind `{ENV_PREFIX}`, such as `{ENV_PREFIX}PORT`. The environment wins over
the file of `--config` (TOML, names without the prefix), which wins over the defaults. Wrong values are told at start,
all at once; secrets are masked wherever settings are shown. `widget-service settings` prints this table with your own
values."""

OTHERS = {
    "WIDGET_SERVICE_URL": "where the SDKs find the service, outside of a page",
    "WIDGET_SERVICE_TOKEN": "the API token of commands with `--url`",
}
"""Variables of the same beginning that are no settings."""


def make() -> str:
    """Return the page."""
    rows = settings_table(Settings.model_construct())
    assert set(OTHERS) == OTHER_VARIABLES
    return page(
        "Settings",
        ABOUT,
        table(
            ("setting", "default", "meaning"),
            (
                (code(row["name"].removeprefix(ENV_PREFIX)), code(_default(row["default"])), row["meaning"])
                for row in rows
            ),
        ),
        "Two variables with the same beginning are no settings:",
        table(("variable", "meaning"), ((code(name), meaning) for name, meaning in sorted(OTHERS.items()))),
    )


def _default(value: object) -> str:
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)
