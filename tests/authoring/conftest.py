"""The class pack of every lab there is, made once."""

import pytest

from dgm_course.authoring import layout
from dgm_course.authoring.release import release


@pytest.fixture(scope="session")
def pack(tmp_path_factory):
    """`.folder`, `.archive`, `.labs` and the like; tests that write into it take a copy."""
    labs = [source.name for source in layout.discover(layout.find_root()) if source.is_lab]
    return release("autumn", labs, tmp_path_factory.mktemp("out"), zipped=True)
