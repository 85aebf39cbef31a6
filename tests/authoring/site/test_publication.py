"""Links out of the site lead to where the course is published, and nothing is invented."""

import subprocess

import pytest

from dgm_course.authoring.site import publication
from dgm_course.authoring.site.publication import Publication

LAB = "labs/01_information.ipynb"
GITHUB = Publication("https://github.com/OWNER/REPO")


@pytest.mark.parametrize(
    "remote",
    [
        "https://github.com/OWNER/REPO.git",
        "https://github.com/OWNER/REPO",
        "git@github.com:OWNER/REPO.git",
        "ssh://git@github.com/OWNER/REPO.git",
        "ssh://git@github.com:22/OWNER/REPO.git",
        "git@github.com:/OWNER/REPO.git",
        "https://someone:secret-token@github.com/OWNER/REPO.git",
    ],
)
def test_every_form_of_a_forges_address_is_the_same_without_its_secrets(remote):
    assert publication.public_address(remote) == "https://github.com/OWNER/REPO"


@pytest.mark.parametrize(
    "remote",
    [
        "",
        "/srv/git/course.git",
        "file:///srv/course",
        "http://10.0.0.1/a/b",
        "git@intranet:a/b.git",
    ],
)
def test_any_other_address_is_not_told_to_readers(remote):
    assert publication.public_address(remote) == ""


def test_actions_say_where_before_origin_does(tmp_path):
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    origin = ["remote", "add", "origin", "git@github.com:OWNER/REPO.git"]
    subprocess.run(["git", "-C", tmp_path, *origin], check=True)
    actions = {"GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "fork/course"}
    assert publication.find(tmp_path, actions).repository == "https://github.com/fork/course"
    assert publication.find(tmp_path, {}).repository == "https://github.com/OWNER/REPO"
    assert publication.find(tmp_path / "nowhere", {}) == Publication()


def test_unpublished_there_is_no_link_but_to_ones_own_jupyterlab():
    nowhere = Publication()
    assert [nowhere.colab(LAB), nowhere.binder(LAB), nowhere.on_hub(LAB)] == ["", "", ""]
    assert Publication(hub="https://hub.example.org").on_hub(LAB) == ""
    assert nowhere.local(LAB) == "http://localhost:8888/lab/tree/work/01_information.ipynb"


def test_colab_opens_the_copy_on_the_published_branch():
    start = "https://colab.research.google.com/github/OWNER/REPO/blob/gh-pages/colab/"
    assert GITHUB.colab(LAB) == start + LAB
    assert Publication("https://gitlab.com/OWNER/REPO").colab(LAB) == ""


def test_binder_knows_two_forges():
    end = "?urlpath=lab%2Ftree%2Flabs%2F01_information.ipynb"
    assert GITHUB.binder(LAB) == f"https://mybinder.org/v2/gh/OWNER/REPO/main{end}"
    gitlab = Publication("https://gitlab.com/group/sub/REPO")
    assert gitlab.binder(LAB) == f"https://mybinder.org/v2/gl/group%2Fsub%2FREPO/main{end}"
    assert Publication("https://codeberg.org/OWNER/REPO").binder(LAB) == ""


def test_a_hub_is_asked_to_pull_the_course_and_to_open_the_lab():
    school = Publication("https://github.com/OWNER/REPO", hub="https://hub.example.org/")
    assert school.on_hub(LAB) == (
        "https://hub.example.org/hub/user-redirect/git-pull?repo=https%3A%2F%2Fgithub.com%2FOWNER"
        "%2FREPO&branch=main&urlpath=lab%2Ftree%2FREPO%2Flabs%2F01_information.ipynb"
    )
