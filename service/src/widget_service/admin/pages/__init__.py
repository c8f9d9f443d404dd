"""The pages under ``/admin/``, a file each; this is the list of them."""

from widget_service.admin.pages import login, provider, start
from widget_service.admin.pages.page import Page

ALL_PAGES: tuple[Page, ...] = (*login.PAGES, *provider.PAGES, *start.PAGES)
