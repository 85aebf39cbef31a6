"""Where the course is published: what the site's links to Colab, Binder and a JupyterHub need.

Nothing is invented.  The repository is the one that GitHub Actions names, else the address of
`origin` where that is a public forge; the hub is what `DGM_HUB` says.  Where one is not known, the
pages say so in a sentence instead of a link, and everything else is the same.

    DGM_HUB=https://hub.example.org      a JupyterHub whose users have nbgitpuller
    DGM_JUPYTERLAB=http://localhost:9999 where the reader's own JupyterLab answers (default: 8888)
"""

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlencode

FORGES = ("github.com", "gitlab.com", "codeberg.org", "bitbucket.org")
BINDER = {"github.com": "gh", "gitlab.com": "gl"}
PAGES = "gh-pages"
_REMOTE = re.compile(
    r"(?:https://(?:[^/@]*@)?|ssh://git@|git@)([^/:@]+)(?::\d+(?=/))?[/:]/?([^?#]+?)(?:\.git)?/?"
)


@dataclass(frozen=True)
class Publication:
    """A repository as `https://forge/owner/name` and its branch; a hub; the local JupyterLab."""

    repository: str = ""
    branch: str = "main"
    hub: str = ""
    jupyterlab: str = "http://localhost:8888"

    @property
    def forge(self) -> str:
        return self.repository.split("/")[2] if self.repository else ""

    @property
    def project(self) -> str:
        """`owner/name`."""
        return "/".join(self.repository.split("/")[3:])

    def file(self, path: str) -> str:
        """A file of the repository, to be read there; empty where there is no repository."""
        return f"{self.repository}/blob/{self.branch}/{path}" if self.repository else ""

    def colab(self, notebook: str) -> str:
        """The site's own copy of a notebook, whose first cell installs the package, in Colab.

        Colab opens notebooks of GitHub alone, hence from the branch that holds the built site.
        """
        if self.forge != "github.com":
            return ""
        return (
            f"https://colab.research.google.com/github/{self.project}/blob/{PAGES}/colab/{notebook}"
        )

    def binder(self, notebook: str) -> str:
        """A notebook in a machine that Binder builds from the repository's environment.yml."""
        if self.forge not in BINDER:
            return ""
        project = self.project if self.forge == "github.com" else quote(self.project, safe="")
        place = f"{BINDER[self.forge]}/{project}/{self.branch}"
        return f"https://mybinder.org/v2/{place}?{urlencode({'urlpath': f'lab/tree/{notebook}'})}"

    def on_hub(self, notebook: str) -> str:
        """A link by which nbgitpuller copies the course to the reader's home on the hub."""
        if not (self.hub and self.repository):
            return ""
        folder = self.project.split("/")[-1]
        asked = {
            "repo": self.repository,
            "branch": self.branch,
            "urlpath": f"lab/tree/{folder}/{notebook}",
        }
        return f"{self.hub.rstrip('/')}/hub/user-redirect/git-pull?{urlencode(asked)}"

    def local(self, notebook: str) -> str:
        """In the JupyterLab that `make lab` starts, where a lab is the reader's own copy."""
        path = notebook.replace("labs/", "work/")
        return f"{self.jupyterlab.rstrip('/')}/lab/tree/{path}"


def find(root: Path, environ: Mapping[str, str] = os.environ) -> Publication:
    """What GitHub Actions, `origin` and the two variables say; empty where they say nothing."""
    own = Publication()
    return Publication(
        repository=_from_actions(environ) or public_address(_origin(root)),
        branch=environ.get("DGM_BRANCH") or own.branch,
        hub=environ.get("DGM_HUB", ""),
        jupyterlab=environ.get("DGM_JUPYTERLAB") or own.jupyterlab,
    )


def public_address(remote: str) -> str:
    """`https://forge/owner/name` of a remote, without the user's name or a token; empty for any
    address that is not a public forge's."""
    found = _REMOTE.fullmatch(remote.strip())
    if not found or found[1].lower() not in FORGES:
        return ""
    return f"https://{found[1].lower()}/{found[2]}"


def _from_actions(environ: Mapping[str, str]) -> str:
    server, project = environ.get("GITHUB_SERVER_URL"), environ.get("GITHUB_REPOSITORY")
    return f"{server}/{project}" if server and project else ""


def _origin(root: Path) -> str:
    try:
        command = ["git", "-C", str(root), "remote", "get-url", "origin"]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return ""
