"""Settings: the environment over the file over the defaults, every fault at once."""

from ipaddress import ip_network

import pytest

from widget_service.settings import Settings, SettingsError, load_settings, unknown_variables


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch):
    for name in Settings.model_fields:
        monkeypatch.delenv("WIDGET_SERVICE_" + name.upper(), raising=False)


def test_precedence(monkeypatch, tmp_path):
    file = tmp_path / "settings.toml"
    file.write_text('PORT = 9001\nhost = "0.0.0.0"\n')
    monkeypatch.setenv("WIDGET_SERVICE_PORT", "9002")
    settings = load_settings(file=file, defaults={"host": "::1", "session_cookie_secure": False})
    assert (settings.port, settings.host, settings.session_cookie_secure) == (9002, "0.0.0.0", False)
    assert settings.path_prefix == "/widget-service"


@pytest.mark.parametrize("url", ["redis://:p4ss@h:6379/0", "valkeys://h", "unix:///run/redis.sock"])
def test_an_address_with_a_password_is_masked(monkeypatch, url):
    monkeypatch.setenv("WIDGET_SERVICE_CACHE_URL", url)
    settings = load_settings()
    assert settings.cache_url is not None
    assert settings.cache_url.get_secret_value() == url
    assert "p4ss" not in repr(settings)


@pytest.mark.parametrize("token", ["", "short", "sixteen letters and blanks", "t0ken-of-prometheus\n", "é" * 20])
def test_a_token_for_metrics_that_is_easily_guessed_or_not_sent_is_refused(monkeypatch, token):
    monkeypatch.setenv("WIDGET_SERVICE_METRICS_TOKEN", token)
    with pytest.raises(SettingsError, match=r"WIDGET_SERVICE_METRICS_TOKEN.*16 characters") as caught:
        load_settings()
    assert not token or token not in str(caught.value)


def test_a_bad_address_is_named_and_not_quoted(monkeypatch):
    monkeypatch.setenv("WIDGET_SERVICE_CACHE_URL", "http://:p4ss@h")
    with pytest.raises(SettingsError, match=r"WIDGET_SERVICE_CACHE_URL.*valkey://") as caught:
        load_settings()
    assert "p4ss" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("redis://:p4ss/x@127.0.0.1:1", "like redis://"),
        ("redis://:p4ss@h:99999999", "like redis://"),
        ("redis://:p4ss@h:port", "like redis://"),
        ("redis://:p4ss@h/one", "like redis://"),
        ("redis://", "like redis://"),
        ("unix://:p4ss@", "like redis://"),
        ("redis://:p4ss@h/0?db=p4ss", "like redis://"),
        ("redis://:p4ss@h/0?nonsense=1", "may only be db"),
        ("redis://:p4ss@h/0?socket_timeout=600", "may only be db"),
        ("redis://:p4ss@h/0?p4ss", "may only be db"),
    ],
)
def test_an_address_of_a_cache_that_no_client_can_use(monkeypatch, url, told):
    monkeypatch.setenv("WIDGET_SERVICE_CACHE_URL", url)
    with pytest.raises(SettingsError, match="WIDGET_SERVICE_CACHE_URL") as caught:
        load_settings()
    assert told in str(caught.value)
    assert "p4ss" not in str(caught.value)


def test_lists_are_comma_separated(monkeypatch):
    monkeypatch.setenv("WIDGET_SERVICE_ALLOWED_ORIGINS", "https://a.example, https://B.example:443/ ,")
    monkeypatch.setenv("WIDGET_SERVICE_ALLOWED_PRIVATE_NETWORKS", "10.0.0.0/8,fd00::/8")
    settings = load_settings()
    assert settings.allowed_origins == ("https://a.example", "https://b.example")
    assert settings.allowed_private_networks == (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "0"),
        ("PORT", "many"),
        ("UPSTREAM_TIMEOUT_S", "0"),
        ("PATH_PREFIX", "widget-service"),
        ("PATH_PREFIX", "/a/"),
        ("ALLOWED_ORIGINS", "www.example.com"),
        ("ALLOWED_ORIGINS", "https://www.example.com/path"),
        ("ALLOWED_ORIGINS", "*"),
        ("ALLOWED_PRIVATE_NETWORKS", "10.0.0.1/8"),
        ("PUBLIC_URL", "nonsense"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(monkeypatch, name, value):
    monkeypatch.setenv("WIDGET_SERVICE_" + name, value)
    with pytest.raises(SettingsError, match="WIDGET_SERVICE_" + name):
        load_settings()


def test_every_fault_is_told_at_once(monkeypatch, tmp_path):
    monkeypatch.setenv("WIDGET_SERVICE_PORT", "x")
    file = tmp_path / "settings.toml"
    file.write_text("MAX_REQUEST_BYTES = 0\nPROT = 1\n")
    with pytest.raises(SettingsError) as caught:
        load_settings(file=file)
    message = str(caught.value)
    assert all(name in message for name in ("WIDGET_SERVICE_PORT", "WIDGET_SERVICE_MAX_REQUEST_BYTES", "PROT (no such"))


@pytest.mark.parametrize(
    ("name", "told"),
    [
        (
            "WIDGET_SERVICE_PROT",
            "WIDGET_SERVICE_PROT is not a setting, and is ignored. Did you mean WIDGET_SERVICE_PORT?",
        ),
        (
            "widget_service_prot",
            "widget_service_prot is not a setting, and is ignored. Did you mean WIDGET_SERVICE_PORT?",
        ),
        ("WIDGET_SERVICE_ZZZ", "WIDGET_SERVICE_ZZZ is not a setting, and is ignored. widget-service settings lists"),
        ("WIDGET_SERVICE_", "WIDGET_SERVICE_ is not a setting, and is ignored."),
        ("WIDGET_SERVICE_PORT", None),
        ("widget_service_port", None),
        ("WIDGET_SERVICE_URL", None),
        ("WIDGET_SERVER_PORT", None),
        ("PORT", None),
    ],
)
def test_a_variable_that_is_named_like_a_setting_is_told_without_its_value(name, told):
    sentences = unknown_variables({name: "s3cret"})
    assert len(sentences) == (told is not None)
    for sentence in sentences:
        assert sentence.startswith(told)
        assert "s3cret" not in sentence


@pytest.mark.parametrize("content", ["PORT = ", "\x00"])
def test_a_file_that_is_no_toml_is_named(tmp_path, content):
    file = tmp_path / "settings.toml"
    file.write_text(content)
    with pytest.raises(SettingsError, match=r"settings\.toml"):
        load_settings(file=file)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(SettingsError, match=r"missing\.toml"):
        load_settings(file=tmp_path / "missing.toml")


def test_widgets_are_hosted_from_a_folder_that_is_there(tmp_path, monkeypatch):
    monkeypatch.setenv("WIDGET_SERVICE_WIDGETS_DIR", str(tmp_path))
    assert load_settings().widgets_dir == tmp_path
    monkeypatch.setenv("WIDGET_SERVICE_WIDGETS_DIR", str(tmp_path / "nowhere"))
    with pytest.raises(SettingsError, match="nowhere' is no folder; a widget repository is right"):
        load_settings()


def test_the_host_page_needs_widgets_to_show(monkeypatch):
    monkeypatch.setenv("WIDGET_SERVICE_PREVIEW", "true")
    with pytest.raises(SettingsError, match="PREVIEW shows the widgets of WIDGETS_DIR; give that too"):
        load_settings()
