"""The admin origin over an installation of its own, in this process, and everybody who may ask it something."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx2

from support.commands import Commands
from widget_service.admin.app import create_admin_app
from widget_service.control.admins import add_admin
from widget_service.control.api_tokens import add_token
from widget_service.control.plane import ControlPlane, control_plane
from widget_service.identity.rights import SCOPES_OF_ROLE
from widget_service.settings import load_settings

ORIGIN = "http://127.0.0.1:8401"
BROWSER = {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"}
PASSWORD = "correct horse battery"
COOKIE = "widget_service_admin"


@dataclass
class AdminSite:
    """A running admin origin; ``client`` sends what it is told to, and keeps no cookie."""

    plane: ControlPlane
    client: httpx2.AsyncClient
    passwords: dict[str, str] = field(default_factory=dict)
    owner: dict[str, str] = field(default_factory=dict)

    def token(self, name: str, *scopes: str, role: str = "owner", lifetime: timedelta | None = None) -> dict[str, str]:
        """Make an API token, and return the header that carries it."""
        scopes = scopes or tuple(SCOPES_OF_ROLE[role])
        made = add_token(self.plane, name, actor="test", role=role, scopes=scopes, lifetime=lifetime)
        return {"Authorization": f"Bearer {made.secret}"}

    def admin(self, name: str, role: str = "owner") -> None:
        """Make an account with `PASSWORD`."""
        add_admin(self.plane, name, actor="test", role=role, password=PASSWORD)

    async def post_login(self, name: str, password: str = PASSWORD, **headers: str) -> httpx2.Response:
        """Send the form as a browser does."""
        data = {"name": name, "password": password}
        return await self.client.post("/admin/login", data=data, headers={**BROWSER, **headers})

    async def login(self, name: str, **headers: str) -> "Session":
        """Log in, and return the session."""
        response = await self.post_login(name, **headers)
        assert response.status_code == 303, response.text
        return await self.session(response)

    async def session(self, response: httpx2.Response) -> "Session":
        """Return the session that an answer has opened, with its CSRF token as a page shows it."""
        cookie = response.headers["set-cookie"].partition(";")[0]
        page = await self.client.get("/admin/", headers={"Cookie": cookie})
        token = page.text.partition('name="csrf_token" value="')[2].partition('"')[0]
        return Session(cookie, token)

    async def api(self, method: str, path: str, headers: dict[str, str] | None = None, **options: Any):
        """Call the REST API."""
        return await self.client.request(method, f"/api/v1{path}", headers=headers or {}, **options)


@dataclass(frozen=True)
class Session:
    """What a browser has after a log-in."""

    cookie: str
    csrf_token: str

    @property
    def headers(self) -> dict[str, str]:
        """What the browser sends with a request of a page that knows its token."""
        return {"Cookie": self.cookie, "X-CSRF-Token": self.csrf_token, **BROWSER}


@asynccontextmanager
async def admin_site(commands: Commands, **settings: Any) -> AsyncIterator[AdminSite]:
    """Serve the admin origin over the data directory of ``commands`` while the block runs."""
    given = {
        "data_dir": commands.folder / "data",
        "allow_insecure_upstreams": True,
        "session_cookie_secure": False,
        **settings,
    }
    with control_plane(load_settings(defaults=given)) as plane:
        app = create_admin_app(plane, plane.settings)
        transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
        async with httpx2.AsyncClient(transport=transport, base_url=ORIGIN) as client:
            client.cookies.jar.set_policy(_no_cookies())
            yield AdminSite(plane, client)
        if app.provider is not None:
            await app.provider.aclose()


def _no_cookies():
    from http.cookiejar import DefaultCookiePolicy

    return DefaultCookiePolicy(allowed_domains=[])
