"""Links of the repository as links of the site.

A page of the repository links to files of the repository, so that it reads well there.  On the site
docs/ is the top; a file of the package is the page of its source; what the site does not show is
read where the course is published, or, where that is not known, it is text without a link.
"""

import os
import re
from pathlib import Path

from dgm_course.authoring.site.publication import Publication

SHOWN = ("lectures", "labs", "solutions", "docs")
STARTS = {"README.md": "docs/index.md", "START.md": "docs/index.md"}
_LINK = re.compile(r"(?P<before>!?\[(?P<text>[^\]\n]*)\]\()(?P<to>[^)\s#]+)(?P<anchor>#[^)\s]*)?\)")


class Links:
    """Rewrites the links of one page; `page` is its path in the repository."""

    def __init__(self, root: Path, page: str, publication: Publication, api: set[str]) -> None:
        self.root, self.page, self.publication, self.api = root, page, publication, api
        self.here = os.path.dirname(staged(page))

    def rewrite(self, text: str) -> str:
        """The page's text with those links changed that lead to a file of the repository."""
        return _LINK.sub(self._link, text)

    def _link(self, found: re.Match) -> str:
        path = os.path.normpath(os.path.join(os.path.dirname(self.page), found["to"]))
        if "://" in found["to"] or path.startswith("..") or not (self.root / path).exists():
            return found[0]
        path, anchor = STARTS.get(path, Path(path).as_posix()), found["anchor"] or ""
        to = self._place(path)
        return f"{found['before']}{to}{anchor})" if to else found["text"]

    def _place(self, path: str) -> str:
        """Where a file of the repository is on the site or beside it; empty for nowhere."""
        top = path.split("/")[0]
        if top in SHOWN:
            return os.path.relpath(staged(path), self.here or ".")
        module = path.removesuffix(".py").replace("/", ".")
        if module in self.api:
            page = f"api/{module.removeprefix('dgm_course.')}.md"
            return os.path.relpath(page, self.here or ".")
        return self.publication.file(path)


def staged(path: str) -> str:
    """A page's path in the tree that Sphinx reads."""
    return path.removeprefix("docs/")
