"""Passwords among the settings can come from files, and what is wrong with one is said without its content."""

import pytest

from widget_service.secret_files import MAX_FILE_BYTES
from widget_service.settings import SettingsError, load_settings

URL = "sqlite:////srv/data/widgets.db"


def given(monkeypatch, file, content: bytes):
    file.write_bytes(content)
    monkeypatch.setenv("WIDGET_SERVICE_DATABASE_URL_FILE", str(file))


@pytest.mark.parametrize("content", [URL, f"{URL}\n", f"{URL}\r\n"], ids=["as it is", "a line", "a line of Windows"])
def test_a_file_stands_in_for_the_setting(monkeypatch, tmp_path, content):
    given(monkeypatch, tmp_path / "url", content.encode())
    assert load_settings().database_url.get_secret_value() == URL


def test_each_of_them_can_be_given_so(monkeypatch, tmp_path):
    for name, value in (("CACHE_URL", "redis://:p4ss@127.0.0.1"), ("OIDC_CLIENT_SECRET", "s3cret")):
        (tmp_path / name).write_text(value)
        monkeypatch.setenv(f"WIDGET_SERVICE_{name}_FILE", str(tmp_path / name))
    settings = load_settings()
    assert settings.cache_url is not None
    assert settings.oidc_client_secret is not None
    assert settings.cache_url.get_secret_value() == "redis://:p4ss@127.0.0.1"
    assert settings.oidc_client_secret.get_secret_value() == "s3cret"
    assert "p4ss" not in repr(settings)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "must hold one line of text"),
        (b"hunter2\nhunter3\n", "must hold one line of text"),
        (b"hunter2\xff", "must hold one line of text"),
        (b"x" * (MAX_FILE_BYTES + 1), "larger than"),
    ],
    ids=["empty", "two lines", "no text", "too large"],
)
def test_what_cannot_be_one_is_refused(monkeypatch, tmp_path, content, reason):
    given(monkeypatch, tmp_path / "url", content)
    with pytest.raises(SettingsError, match=reason) as error:
        load_settings()
    assert "DATABASE_URL_FILE" in str(error.value)
    assert "hunter" not in str(error.value)


def test_every_fault_is_said_at_once(monkeypatch, tmp_path):
    monkeypatch.setenv("WIDGET_SERVICE_DATABASE_URL_FILE", str(tmp_path / "missing"))
    monkeypatch.setenv("WIDGET_SERVICE_CACHE_URL_FILE", str(tmp_path / "missing"))
    monkeypatch.setenv("WIDGET_SERVICE_CACHE_URL", "redis://:p4ss@127.0.0.1")
    with pytest.raises(SettingsError) as error:
        load_settings()
    assert "DATABASE_URL_FILE: " in str(error.value)
    assert "(no such file or directory)" in str(error.value)
    assert "CACHE_URL and CACHE_URL_FILE are both given" in str(error.value)
    assert "p4ss" not in str(error.value)
