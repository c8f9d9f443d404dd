"""What every request to the admin origin needs: the control plane, the own origin, and how a cookie is called."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from widget_service.admin.git_syncing import GitSyncing
from widget_service.admin.oidc.provider import Provider
from widget_service.control.plane import ControlPlane
from widget_service.egress.urls import parse_url
from widget_service.identity.keys import SigningKeys
from widget_service.identity.proxies import TrustedProxies
from widget_service.settings import Settings

LOOPBACK_NAMES = ("127.0.0.1", "localhost", "[::1]")


@dataclass(frozen=True)
class AdminContext:
    """Made once for an application. ``provider`` is who admins log in by; ``host_map`` is as in development mode."""

    plane: ControlPlane
    settings: Settings
    git: GitSyncing
    provider: Provider | None = None
    host_map: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        keys = SigningKeys(self.plane.master_keys.derive("admin-csrf"))
        object.__setattr__(self, "csrf_keys", keys)

        object.__setattr__(self, "proxies", TrustedProxies(self.settings.trusted_proxies))

    csrf_keys: SigningKeys = field(init=False, repr=False)
    proxies: TrustedProxies = field(init=False, repr=False)

    @property
    def cookie_name(self) -> str:
        """``__Host-``: no other host and no page of plain http can set it (RFC 6265bis §4.1.3)."""
        return "__Host-widget_service_admin" if self.settings.session_cookie_secure else "widget_service_admin"

    def answers_to(self, host: str) -> bool:
        """Whether a ``Host`` header names this origin; another one is how DNS rebinding shows itself."""
        url = self.settings.admin_url
        if url is not None:
            return host.lower() == parse_url(url).authority
        port = self.settings.admin_port
        return host.lower() in {f"{name}:{port}" for name in (*LOOPBACK_NAMES, self.settings.admin_host)}

    def is_own(self, origin: str, scheme: str, host: str) -> bool:
        """Whether an ``Origin`` header names this origin."""
        return origin == (self.settings.admin_url or f"{scheme}://{host}".lower())
