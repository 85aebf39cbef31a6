import pytest


@pytest.fixture
def shown(monkeypatch):
    """What is displayed, a dictionary of representations each; the environment is a student's."""
    displayed = []
    monkeypatch.setattr("IPython.display.display", lambda data, **_: displayed.append(data))
    for name in ("DGM_STRICT", "NBGRADER_EXECUTION"):
        monkeypatch.delenv(name, raising=False)
    return displayed
