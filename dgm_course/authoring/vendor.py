"""Where the scripts of the slides lie: reveal.js and MathJax, carried by installed packages.

Nothing of them is committed and nothing is fetched: they are read when a deck is built.
"""

from pathlib import Path

from dgm_course.authoring.problem import BuildError, Problem, installing

MISSING = "{name} is not installed, and slides need it, run: {command}"


def reveal() -> Path:
    """The folder of reveal.js 5, with dist/ and plugin/; raises BuildError where it is missing."""
    return _find("sphinx-revealjs", "revealjs/dist/reveal.js").parents[1]


def mathjax() -> Path:
    """MathJax 3 in one file, tex-svg-full.js; raises BuildError where it is missing."""
    return _find("sphinx-mathjax-offline", "mathjax/tex-svg-full.js")


def _find(package: str, ending: str) -> Path:
    """The installed package's file whose path ends so."""
    from importlib.metadata import PackageNotFoundError, files

    try:
        found = [file for file in files(package) or () if file.as_posix().endswith(ending)]
    except PackageNotFoundError:
        found = []
    if not found:
        message = MISSING.format(name=package, command=installing("present"))
        raise BuildError([Problem("slides", 0, message)])
    return Path(found[0].locate()).resolve()
