"""Reading URLs and settings does not load libcurl: commands start fast."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("module", "loads"),
    [
        ("widget_service.egress", False),
        ("widget_service.egress.urls", False),
        ("widget_service.egress.policy", False),
        ("widget_service.settings", False),
        ("widget_service.connectors.url_destination", False),
        ("widget_service.egress.client", True),
    ],
)
def test_libcurl_is_loaded_by_the_client_alone(module, loads):
    code = f"import sys, {module}; sys.exit('pycurl' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == loads
