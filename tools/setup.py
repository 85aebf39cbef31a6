"""Set up the course and start it, with nothing but Python:

    python tools/setup.py lab [OPTIONS]      install what is missing, open the course in JupyterLab
    python tools/setup.py test               install the developers' tools too, check everything
    python tools/setup.py install            install only; --dev: the developers' tools as well,
                                             --with present,site: these extras as well
    python tools/setup.py run COMMAND ...    run a command inside the course's environment

This file is read by whatever `python` is at hand, Python 2.7 included, so that it can say in one
sentence that this one is too old; the other files here do the work.
"""

import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ASK_VERSION = "import sys; print('{}.{}'.format(*sys.version_info[:2]))"


def supported(root=ROOT):
    """The oldest and the newest minor version of Python 3 that pyproject.toml names."""
    with open(os.path.join(root, "pyproject.toml")) as file:
        text = file.read()
    oldest = re.search(r'requires-python = ">=3\.(\d+)', text).group(1)
    named = re.findall(r'"Programming Language :: Python :: 3\.(\d+)"', text)
    return int(oldest), max(int(minor) for minor in named)


def refusal(version):
    """Why (major, minor) cannot run the course, in one sentence; empty when it can."""
    oldest, newest = supported()
    if (3, oldest) <= tuple(version) <= (3, newest):
        return ""
    return (
        "Python {0}.{1} is too {2}: the course needs Python 3.{3} to 3.{4}; install 3.{5} from "
        "https://www.python.org/downloads/ and run the same command again."
    ).format(
        version[0],
        version[1],
        "old" if tuple(version) < (3, oldest) else "new for PyTorch",
        oldest,
        newest,
        newest - 1,
    )


def candidates():
    """Commands that may be a fitting Python: the course's own, then those installed beside this."""
    oldest, newest = supported()
    yield [os.path.join(ROOT, ".venv", "bin", "python")]
    yield [os.path.join(ROOT, ".venv", "Scripts", "python.exe")]
    for minor in range(newest, oldest - 1, -1):
        yield ["python3.{}".format(minor)]
        if os.name == "nt":
            yield ["py", "-3.{}".format(minor)]


def another_python():
    """The first candidate that runs and fits, as a command; None when there is none."""
    for command in candidates():
        try:
            answer = subprocess.check_output(
                command + ["-c", ASK_VERSION], stderr=subprocess.STDOUT
            ).decode()
        except (OSError, subprocess.CalledProcessError):
            continue
        version = re.match(r"(\d+)\.(\d+)\s*$", answer)
        if version and not refusal([int(part) for part in version.groups()]):
            return command
    return None


def main(arguments, version=sys.version_info[:2]):
    """Exit code: 0 done, 1 what went wrong is printed, 2 the command is unknown."""
    problem = refusal(version)
    if not problem:
        import actions

        return actions.main(arguments)
    other = another_python()
    if other is None:
        sys.stderr.write(problem + "\n")
        return 1
    sys.stderr.write("Python {}.{} does not fit; ".format(*version))
    sys.stderr.write("going on with {}.\n".format(" ".join(other)))
    return subprocess.call(other + [os.path.abspath(__file__)] + list(arguments))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
