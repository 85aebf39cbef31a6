"""Where packages come from: what pip is told, uv is told too."""

import sys

import packages
import pytest

LISTING = """\
:env:.find-links='/wheels /more wheels'
global.cert='/etc/certs.pem'
global.extra-index-url='\\nhttps://one/simple\\nhttps://two/simple'
global.find-links='/old'
install.index-url='https://mirror/simple'
"""


def test_a_variable_beats_a_section_beats_the_rest():
    assert packages._parse(LISTING) == {
        "cert": ["/etc/certs.pem"],
        "extra-index-url": ["https://one/simple", "https://two/simple"],
        "find-links": ["/wheels", "/more", "wheels"],
        "index-url": ["https://mirror/simple"],
    }


def test_uv_is_told_the_same_sources():
    options = packages.uv_options(packages._parse(LISTING))
    pairs = list(zip(options[::2], options[1::2], strict=True))
    assert ("--index-strategy", "unsafe-best-match") in pairs
    assert ("--index-url", "https://mirror/simple") in pairs
    assert ("--extra-index-url", "https://two/simple") in pairs
    assert ("--find-links", "/more") in pairs
    assert packages.uv_options({"no-index": ["true"]})[-1] == "--no-index"


def test_pips_own_variables_are_read(monkeypatch):
    monkeypatch.setenv("PIP_FIND_LINKS", "/wheels")
    assert packages.pip_settings(sys.executable)["find-links"] == ["/wheels"]


def test_without_pip_its_variables_still_count(monkeypatch):
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "https://one https://two")
    settings = packages.pip_settings()
    assert settings["extra-index-url"] == ["https://one", "https://two"]


@pytest.mark.parametrize(
    ("settings", "platform", "cuda"),
    [
        ({}, "linux", True),
        ({"cert": ["/c"]}, "linux", True),
        ({}, "darwin", False),
        ({"find-links": ["/wheels"]}, "linux", False),
        ({"extra-index-url": ["https://one"]}, "linux", False),
    ],
)
def test_linux_gets_the_large_torch_unless_pip_is_told_another_source(
    monkeypatch, settings, platform, cuda
):
    monkeypatch.setattr(packages.sys, "platform", platform)
    assert packages.expects_cuda(settings) == cuda


@pytest.mark.parametrize("uv", [None, "/usr/bin/uv"])
def test_every_installation_is_pinned_and_torch_comes_first(course, monkeypatch, uv):
    import environment

    root, _ = course
    commands = []
    monkeypatch.undo()
    monkeypatch.setattr(packages.shutil, "which", lambda name: uv)
    monkeypatch.setattr(packages, "run", lambda title, command, *_: commands.append(command))
    packages.Installer(environment.Environment(root)).install(frozenset({"dev"}))
    assert [command[-1] for command in commands] == ["torch", ".[dev]"]
    for command in commands:
        assert command[command.index("-c") + 1] == "constraints.txt"
        assert (command[0] == uv) == bool(uv)
