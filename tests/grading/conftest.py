import signal
import sys

import pytest

from dgm_course.grading.sandbox import is_possible

if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:  # as a shell's background jobs have it
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items):
    """What needs a sandbox is skipped where there is none, and only there."""
    reason = "needs bubblewrap" if sys.platform == "linux" else "needs Linux"
    for item in items:
        if item.get_closest_marker("sandbox") and not is_possible():
            item.add_marker(pytest.mark.skip(reason=reason))
