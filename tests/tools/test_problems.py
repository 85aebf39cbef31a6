"""What goes wrong in a set-up is said in one sentence."""

import errno
import os
import shutil
import sys

import actions
import environment
import packages
import problems
import pytest


def test_a_full_disk_is_refused_before_anything_is_written(course, monkeypatch):
    root, asked = course
    usage = shutil.disk_usage(root)._replace(free=200_000_000)
    monkeypatch.setattr(problems.shutil, "disk_usage", lambda place: usage)
    with pytest.raises(problems.SetupError, match=r"needs 2\.5 GB and .* has 0\.2 GB") as caught:
        actions.install(root=root)
    assert "\n" not in str(caught.value) and not asked and not (root / ".venv").exists()


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "The disk is full"),
        (errno.EACCES, "Nothing can be written in"),
        (errno.EROFS, "Nothing can be written in"),
        (errno.ENOENT, "The system refused"),
    ],
)
def test_an_error_of_the_system_becomes_one_sentence(number, words, monkeypatch, capsys):
    def fail(*_):
        raise OSError(number, os.strerror(number), "/some/file")

    monkeypatch.setattr(actions, "install", fail)
    assert actions.main(["install"]) == 1
    said = capsys.readouterr().err
    assert said.startswith(words) and said.count("\n") == 1


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ("OSError: [Errno 28] No space left on device", "disk is full"),
        ("error: failed to write: No space left on device (os error 28)", "disk is full"),
        ("ensurepip is not available.  On Debian/Ubuntu systems", "apt install python3-venv"),
        ("/usr/bin/python3: No module named venv", "apt install python3-venv"),
        ("ERROR: Could not install: [Errno 13] Permission denied: 'x'", "Nothing can be written"),
        ("SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED]", "clock"),
        ("error: invalid peer certificate: UnknownIssuer", "clock"),
        ("ERROR: No matching distribution found for torch==2.13.0", "PyTorch has no build for"),
        ("Because torch==2.13.0 has no wheels with a matching platform", "PyTorch has no build"),
        ("ERROR: No matching distribution found for soupsieve==9", "constraints.txt names"),
        ("HINT: this system does not have Windows Long Path support enabled", "too long"),
        ("getaddrinfo failed\nERROR: No matching distribution found for torch", "index cannot be"),
        ("one\nerror: a new kind of failure\nlast", "`error: a new kind of failure`"),
        ("", "`no output`"),
    ],
)
def test_what_an_installer_prints_becomes_one_sentence(output, words, tmp_path):
    said = problems.explain(output, tmp_path, tmp_path / "log")
    assert words in said and "\n" not in said


@pytest.mark.parametrize("tool", ["pip", "uv"])
def test_an_unreachable_index_is_recognised(tool, course):
    root, _ = course
    program = shutil.which(tool) if tool == "uv" else f"{sys.executable} -m pip"
    if program is None:
        pytest.skip("uv is not installed")
    folder = environment.Environment(root)
    folder.folder.mkdir()
    options = ["install", "--index-url", "http://127.0.0.1:9/simple", "no-such-package-here"]
    start = [program, "pip"] if tool == "uv" else [sys.executable, "-m", "pip"]
    more = ["--python", sys.executable] if tool == "uv" else ["--retries", "1"]
    variables = {**os.environ, "UV_HTTP_RETRIES": "0", "PIP_NO_INDEX": "0"}
    with pytest.raises(problems.SetupError, match="The package index cannot be reached"):
        packages.run("Installing", [*start, *options, *more], folder, variables)
    assert folder.log.read_text(encoding="utf-8")
