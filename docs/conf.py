"""Sphinx's settings for the site; what it reads is staged by dgm_course/authoring/site/."""

project = "Deep generative models"
author = "The dgm_course authors"
copyright = "The dgm_course authors, text and figures CC BY 4.0, code MIT"
html_title = "Deep generative models"
language = "en"

extensions = [
    "myst_nb",
    "sphinx_copybutton",
    "sphinx_design",
    "sphinx.ext.autodoc",
    "sphinx.ext.viewcode",
    "sphinx.ext.mathjax",
    "dgm_course.authoring.site.api",
    "dgm_course.authoring.site.frame",
]
nb_execution_mode = "off"  # the outputs are those of the committed notebooks
nb_merge_streams = True
nb_code_prompt_show = "Show the code"
nb_code_prompt_hide = "Fold the code"
myst_enable_extensions = ["dollarmath", "amsmath", "colon_fence", "deflist", "attrs_block"]
myst_dmath_double_inline = True
myst_heading_anchors = 3
suppress_warnings = ["myst.header", "mystnb.unknown_mime_type", "myst.mathjax"]

mathjax_path = "mathjax/tex-svg-full.js"
mathjax3_config = {"svg": {"fontCache": "local"}}

autodoc_typehints = "signature"
autodoc_typehints_format = "short"
python_use_unqualified_type_names = True
autodoc_preserve_defaults = True
add_module_names = False
viewcode_line_numbers = False

html_theme = "sphinx_book_theme"
html_context = {"default_mode": "auto"}
html_favicon = "_static/favicon.svg"
html_sidebars = {"**": ["navbar-logo.html", "search-button-field.html", "course-nav.html"]}
templates_path = ["_templates"]
html_css_files = ["course.css", "map.css"]
html_js_files = [(name, {"defer": "defer"}) for name in ("course.js", "map.js")]
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
html_use_index = False
html_domain_indices = False
html_last_updated_fmt = None
pygments_style = "default"
html_theme_options = {
    "path_to_docs": "",
    "show_toc_level": 2,
    "navbar_persistent": [],
    "secondary_sidebar_items": {"**": ["page-toc"], "index": [], "map": []},
    "use_download_button": False,
    "use_fullscreen_button": False,
    "use_source_button": False,
    "use_issues_button": False,
    "toc_title": "On this page",
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
    "logo": {"text": "Deep generative models"},
}
