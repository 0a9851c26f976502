"""How the documentation becomes a site: `make docs`. The pages are Markdown and read well without it, too."""

from __future__ import annotations

import re
from pathlib import Path

_HERE = Path(__file__).resolve().parent

project = "edigate"
author = "The edigate authors"
version = release = re.findall(r'__version__ = "([^"]+)"', (_HERE.parent / "edigate" / "__init__.py").read_text())[0]

extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
master_doc = "index"

myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 4  # `page.md#a-heading`, as the pages link to each other

html_theme = "furo"
html_title = f"edigate {release}"
html_show_copyright = False
html_copy_source = False
highlight_language = "none"  # terminals and X12, mostly
