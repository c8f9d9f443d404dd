"""How the site is made of these pages, by `make docs`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "site"))

project = "Widget Service"
copyright = "the authors of Widget Service; Apache-2.0"
extensions = ["myst_parser", "outside"]
exclude_patterns = ["_build", "site", "generate"]
nitpicky = True
highlight_language = "none"
myst_heading_anchors = 4

html_theme = "furo"
html_title = "Widget Service"
html_copy_source = False
html_show_sphinx = False
html_static_path = ["site/static"]
html_css_files = ["site.css"]
