"""One table of settings: name, type, default, unit and help, checked at start with every fault at once.

The environment (``WIDGET_SERVICE_<NAME>``) wins over the configuration file, which wins over the defaults.
"""

import re
import tomllib
from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from widget_service.connectors.problems import nearest_name
from widget_service.egress.urls import UrlError, parse_url
from widget_service.secret_files import with_secrets_of_files

ENV_PREFIX = "WIDGET_SERVICE_"
OTHER_VARIABLES = frozenset({"WIDGET_SERVICE_URL", "WIDGET_SERVICE_TOKEN"})
"""Variables with the same beginning that are no settings: the SDK's, and the command line's."""
MIB = 1024 * 1024
_METRICS_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]{16,}=*")

Network = IPv4Network | IPv6Network


class SettingsError(Exception):
    """Settings that cannot be used; the message names every one of them and what would be right."""


class Settings(BaseSettings):
    """What an operator can set. Units are part of the names; each field's help is its description."""

    model_config = SettingsConfigDict(env_prefix=ENV_PREFIX, frozen=True, extra="forbid", hide_input_in_errors=True)

    host: str = Field("127.0.0.1", description="address to listen on, for widgets and callers")
    port: int = Field(8400, ge=1, le=65535, description="port to listen on, for widgets and callers")
    admin_host: str = Field("127.0.0.1", description="address to listen on, for admin pages and the REST API")
    admin_port: int = Field(
        8401, ge=0, le=65535, description="port to listen on, for admin pages and the REST API; 0: they are off"
    )
    admin_url: str | None = Field(
        None, description="origin of the admin pages that browsers see, where a proxy stands before them"
    )
    oidc_issuer: str | None = Field(None, description="OpenID Connect provider by which admins log in, its issuer URL")
    oidc_client_id: str | None = Field(None, description="what the provider calls this service")
    oidc_client_secret: SecretStr | None = Field(None, description="the secret that the provider gave for it")
    oidc_client_secret_file: Path | None = Field(None, description="file that holds OIDC_CLIENT_SECRET, in its place")
    oidc_scopes: str = Field("openid email profile", description="what the provider is asked for")
    oidc_role_claim: str | None = Field(
        None, description="claim that says an admin's role or groups; without it, an account's own role counts"
    )
    oidc_roles: Annotated[tuple[tuple[str, str], ...], NoDecode] = Field(
        (), description="what the claim's values mean: VALUE=viewer, editor or owner; comma separated"
    )
    oidc_default_role: Literal["viewer", "editor", "owner"] | None = Field(
        None, description="role of who has no account and no role by a claim; without it, they are refused"
    )
    oidc_allowed_emails: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="verified e-mail addresses, or @DOMAIN, that may log in; comma separated; empty: any"
    )
    data_dir: Path = Field(
        Path(".widget-service"), description="folder of the database and the master key, unless these say otherwise"
    )
    widgets_dir: Path | None = Field(
        None, description="widget repository whose widgets `serve` hosts; what changes in it is served at once"
    )
    preview: bool = Field(
        False, description="the host page /preview/ of the widgets of WIDGETS_DIR, for anybody; `dev` has it anyway"
    )
    database_url: SecretStr | None = Field(
        None,
        description="sqlite:///FILE or postgresql://USER:PASSWORD@HOST/DATABASE; by default widget-service.db in "
        "DATA_DIR",
    )
    database_url_file: Path | None = Field(None, description="file that holds DATABASE_URL, in its place")
    cache_url: SecretStr | None = Field(
        None,
        description="redis://… or valkey://…, for the tokens and kept answers that processes share; without it, the "
        "database for tokens, and each process keeps answers for itself",
    )
    cache_url_file: Path | None = Field(None, description="file that holds CACHE_URL, in its place")
    master_key: SecretStr | None = Field(
        None, description="32 bytes as base64; several, comma separated: the first encrypts"
    )
    master_key_file: Path | None = Field(
        None, description="file that holds the master keys; by default master.key in DATA_DIR, made by init"
    )
    workers: int = Field(1, ge=1, le=64, description="processes that serve; one for each core is enough")
    path_prefix: str = Field(
        "/widget-service", pattern=r"^(/[A-Za-z0-9._~-]+)+$", description="path of the wire protocol"
    )
    public_url: str | None = Field(
        None, description="origin that browsers see, where a proxy stands before the service"
    )
    allowed_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="other origins whose pages may call the tenant default; comma separated"
    )
    trusted_proxies: Annotated[tuple[Network, ...], NoDecode] = Field(
        (), description="proxies whose forwarding headers count, as CIDRs; comma separated"
    )
    sessions_per_minute: int = Field(
        600, ge=1, description="sessions that callers of one address may open or end a minute"
    )
    upstream_timeout_s: float = Field(
        15, gt=0, le=600, description="seconds from the first attempt to the destination's response headers"
    )
    upstream_connect_timeout_s: float = Field(5, gt=0, le=600, description="seconds to connect to a destination")
    upstream_idle_timeout_s: float = Field(
        15, gt=0, le=600, description="seconds that a destination may be silent within its answer"
    )
    upstream_body_timeout_s: float = Field(
        15, gt=0, le=600, description="seconds in all for the body of an answer that is held"
    )
    caller_idle_timeout_s: float = Field(
        60, gt=0, le=600, description="seconds that a caller may take for the next part of its body, or of the answer"
    )
    execution_timeout_s: float = Field(28, gt=0, le=600, description="seconds for an execution as a whole")
    max_request_bytes: int = Field(10 * MIB, ge=1, description="largest body that a caller may send, in bytes")
    max_response_bytes: int = Field(
        10 * MIB, ge=1, description="largest body of a destination that is held for a response template, in bytes"
    )
    max_executions: int = Field(
        1000, ge=1, description="executions at the same time, in each process; more are refused"
    )
    max_calls_per_destination: int = Field(
        256, ge=1, description="calls to one destination at the same time, in each process; more wait"
    )
    max_waiting_calls: int = Field(
        256, ge=0, description="calls that wait for a connector or a destination; more are refused"
    )
    max_queue_wait_s: float = Field(5, gt=0, le=600, description="seconds that a call waits for its turn")
    circuit_max_failures: int = Field(
        5, ge=1, description="calls in a row that a destination leaves unanswered before it is left alone"
    )
    circuit_open_s: float = Field(10, gt=0, le=600, description="seconds until such a destination is tried again")
    drain_timeout_s: float = Field(
        20, gt=0, le=600, description="seconds for what runs to end when the service is stopped; then it is broken off"
    )
    drain_delay_s: float = Field(
        1,
        ge=0,
        le=600,
        description="seconds for which a service that is stopped still takes calls, while /readyz says that it is not "
        "ready: as long as a proxy before it needs to notice",
    )
    cache_max_bytes: int = Field(
        64 * MIB, ge=0, description="memory for answers that may be used again, in bytes, in each process; 0: none"
    )
    cache_max_entry_bytes: int = Field(
        MIB, ge=1, description="largest body of an answer that is kept to be used again, in bytes"
    )
    executions_per_second: int = Field(
        20, ge=0, description="calls of a tenant that each process keeps a second, and as many that ended in errors"
    )
    executions_kept: int = Field(100_000, ge=0, description="calls of a tenant that are kept; the oldest are deleted")
    executions_kept_days: float = Field(7, gt=0, le=366, description="days for which calls are kept")
    cache_any_status: bool = Field(
        False, description="keep answers of any final status that say how long, not only 200, 301 and 308"
    )
    max_template_input_bytes: int = Field(
        MIB, ge=1, description="larger bodies are transformed in a worker process, in bytes"
    )
    allow_insecure_upstreams: bool = Field(
        False, description="admit http and loopback destinations (true in dev); metadata addresses never"
    )
    allowed_private_networks: Annotated[tuple[Network, ...], NoDecode] = Field(
        (), description="private networks that destinations may be in, as CIDRs; comma separated"
    )
    metrics_token: SecretStr | None = Field(
        None,
        description="what Prometheus sends as a Bearer token to read /metrics, 16 characters or more; without it, "
        "there is no /metrics",
    )
    metrics_token_file: Path | None = Field(None, description="file that holds METRICS_TOKEN, in its place")
    metrics_max_connectors: int = Field(
        100, ge=0, le=10_000, description="connectors that metrics name, those called first; the rest are told together"
    )
    session_cookie_secure: bool = Field(True, description="mark the session cookie Secure (false in dev)")

    @model_validator(mode="before")
    @classmethod
    def _secrets_of_files(cls, values: dict[str, Any]) -> dict[str, Any]:
        return with_secrets_of_files(values)

    @field_validator("allowed_origins", "allowed_private_networks", "trusted_proxies", mode="before")
    @classmethod
    def _split_commas(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("oidc_allowed_emails", mode="before")
    @classmethod
    def _emails(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip().lower() for part in value.split(",") if part.strip())
        return value

    @field_validator("oidc_roles", mode="before")
    @classmethod
    def _roles(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        pairs = [tuple(part.strip().rsplit("=", 1)) for part in value.split(",") if part.strip()]
        if any(len(pair) != 2 or pair[1] not in ("viewer", "editor", "owner") for pair in pairs):
            raise ValueError("each part must be VALUE=viewer, VALUE=editor or VALUE=owner")
        return tuple(pairs)

    @field_validator("allowed_origins", mode="after")
    @classmethod
    def _origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_as_origin(origin) for origin in value)

    @field_validator("cache_url", mode="after")
    @classmethod
    def _cache_address(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            from widget_service.valkey import valkey_client  # the library takes long to load

            valkey_client(value.get_secret_value())
        return value

    @field_validator("metrics_token", mode="after")
    @classmethod
    def _long_token(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not _METRICS_TOKEN.fullmatch(value.get_secret_value()):
            raise ValueError("it must have 16 characters or more, letters, digits and -._~+/= alone (RFC 6750 §2.1)")
        return value

    @field_validator("widgets_dir", mode="after")
    @classmethod
    def _folder(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_dir():
            raise ValueError(f"'{value}' is no folder; a widget repository is right")
        return value

    @field_validator("public_url", "admin_url", mode="after")
    @classmethod
    def _public_origin(cls, value: str | None) -> str | None:
        return None if value is None else _as_origin(value)

    @model_validator(mode="after")
    def _separate_origins(self) -> Self:
        if self.admin_url is not None and self.admin_url in (self.public_url, *self.allowed_origins):
            raise ValueError(f"ADMIN_URL {self.admin_url} is an origin of widgets too; give admins one of their own")
        if (self.oidc_issuer is None) != (self.oidc_client_id is None):
            raise ValueError("OIDC_ISSUER and OIDC_CLIENT_ID belong together; give both")
        if self.admin_port == self.port:
            raise ValueError(f"ADMIN_PORT and PORT are both {self.port}; widgets and admins need an origin each")
        return self

    @model_validator(mode="after")
    def _preview_of_widgets(self) -> Self:
        if self.preview and self.widgets_dir is None:
            raise ValueError("PREVIEW shows the widgets of WIDGETS_DIR; give that too")
        return self

    @property
    def effective_database_url(self) -> str:
        """The database: the setting, or the file in ``data_dir``."""
        from widget_service.storage.urls import DEFAULT_URL, resolve_url

        url = DEFAULT_URL if self.database_url is None else self.database_url.get_secret_value()
        return resolve_url(url or DEFAULT_URL, self.data_dir)

    @property
    def effective_master_key_file(self) -> Path:
        """The file of the master keys: the setting, or the one in ``data_dir``."""
        return self.master_key_file or self.data_dir / "master.key"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment over what the file or the command gave."""
        return env_settings, init_settings


def load_settings(*, file: Path | None = None, defaults: Mapping[str, Any] | None = None) -> Settings:
    """Return the settings of this process; raise `SettingsError` naming every fault.

    ``defaults`` are a command's own (development mode has others); ``file`` is a TOML file whose keys are the
    names of the settings, in either case.
    """
    values = dict(defaults or {})
    if file is not None:
        values.update(_read_file(file))
    try:
        return Settings(**values)
    except ValidationError as error:
        lines = [f"{_name_of(problem['loc'])}: {problem['msg']}" for problem in error.errors(include_url=False)]
        raise SettingsError("Settings that cannot be used:\n" + "\n".join(f"  {line}" for line in lines)) from None


def unknown_variables(environment: Mapping[str, str]) -> list[str]:
    """Return a sentence for each variable that is named like a setting and is none, without its value."""
    unknown = [
        name
        for name in sorted(environment)
        if name.upper().startswith(ENV_PREFIX)
        and name.upper() not in OTHER_VARIABLES
        and name.upper().removeprefix(ENV_PREFIX).lower() not in Settings.model_fields
    ]
    return [f"{name} is not a setting, and is ignored. {_advice_for(name)}" for name in unknown]


def _advice_for(name: str) -> str:
    near = nearest_name(name[len(ENV_PREFIX) :], Settings.model_fields)
    return f"Did you mean {ENV_PREFIX}{near.upper()}?" if near else "widget-service settings lists them all."


def _read_file(file: Path) -> dict[str, Any]:
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{file} cannot be read as TOML: {error}") from None
    return {name.lower(): value for name, value in values.items()}


def _name_of(location: tuple[int | str, ...]) -> str:
    if not location:
        return "settings"
    name = str(location[0]).upper().removeprefix(ENV_PREFIX)
    if name.lower() not in Settings.model_fields:
        return f"{name} (no such setting)"
    return ENV_PREFIX + name


def _as_origin(value: str) -> str:
    try:
        url = parse_url(value)
    except UrlError as error:
        raise ValueError(f"{value!r} is not an origin such as https://www.example.com ({error})") from None
    if url.path not in ("", "/") or url.query:
        raise ValueError(f"{value!r} has a path; an origin is only https://host[:port]")
    return url.origin
