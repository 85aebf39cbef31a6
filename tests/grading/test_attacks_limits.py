"""What an attempt can write to, reach and use up, asked from inside."""

import re
import time

import pytest

from .classroom import FULL, filled, grade, points, said, solution

pytestmark = pytest.mark.sandbox


def told(body: str) -> str:
    """What code inside an answer finds out; the next submission must not notice."""
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    cell = f"def information(p):\n    found = ''\n{lines}\n    raise ValueError(str(found))"
    result = grade(filled(information=cell))
    assert points(result)["information"] == 0
    assert result["points"] == FULL["01"] - 2, "another exercise lost points"
    return re.search(r"ValueError: (.*?)( \(line|$)", said(result, "information"))[1]


def test_it_can_write_to_three_folders_of_its_own_and_nowhere_else():
    found = told(
        "import os\n"
        "found = []\n"
        "for folder, below, _ in os.walk('/'):\n"
        "    if folder in ('/proc', '/sys', '/usr', '/tmp'):\n"
        "        below.clear()\n"  # neither entered nor tried: large, and not what is asked here
        "        continue\n"
        "    if folder.endswith('site-packages'):\n"
        "        below.clear()\n"  # a single tree, mounted as a whole
        "    try:\n"
        "        open(folder + '/mark', 'w').close()\n"
        "        found.append(folder)\n"
        "    except OSError:\n"
        "        continue\n"
        "found = sorted(f for f in found if not f.startswith(('/tmp', '/student/')))"
    )
    assert found == "['/dev/shm', '/student']"


REFUSED = {
    "the limits of the first process": "import resource\n"
    "resource.prlimit(1, resource.RLIMIT_NOFILE, (0, 0))",
    "sockets to a hypervisor": "import socket\nsocket.socket(40, socket.SOCK_STREAM)",
    "packets of its own making": "import socket\nsocket.socket(17, socket.SOCK_RAW)",
    "tracing the first process": "open('/proc/1/mem', 'rb')",
}


@pytest.mark.parametrize("body", REFUSED.values(), ids=REFUSED)
def test_what_reaches_past_its_limits_is_refused(body):
    lines = body.replace("\n", "\n    ")
    tried = f"try:\n    {lines}\n    found = 'done'\nexcept PermissionError:\n    found = 'refused'"
    assert told(tried) == "refused"


def test_limits_of_its_own_and_ordinary_sockets_work():
    body = "import resource, socket\nresource.getrlimit(resource.RLIMIT_CPU)\n"
    body += "a, b = socket.socketpair()\na.send(b'hello')\nfound = b.recv(9).decode()"
    assert told(body) == "hello"


def test_processes_share_one_budget_of_time():
    burners = (
        "import os\n"
        "def information(p):\n"
        "    for _ in range(20):\n"
        "        if os.fork() == 0:\n"
        "            os.setsid()\n"
        "            while True:\n"
        "                pass\n"
        "    import time\n"
        "    time.sleep(60)\n"
    )
    started = time.monotonic()
    result = grade(filled(information=burners, entropy=solution("01", "entropy")))
    assert "endless loop" in said(result, "information")
    assert points(result)["entropy"] == 4
    assert time.monotonic() - started < 20
