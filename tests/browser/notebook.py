"""What a reader does in JupyterLab: open a notebook, run cells, type, read."""

import json
import time
from pathlib import Path


class Notebook:
    """A notebook open in JupyterLab; unless `is_open`, the page goes to it by its address."""

    def __init__(self, page, server, path: str, is_open: bool = False):
        self.page, self.server, self.path = page, server, path
        if not is_open:
            page.goto(f"{server.url}lab/workspaces/auto-x/tree/{path}?reset&token={server.token}")
        self.cells = page.locator(".jp-Notebook .jp-Cell")
        self.cells.first.wait_for()
        self.wait_until_idle()

    @property
    def file(self) -> Path:
        return self.server.folder / self.path

    def wait_until_idle(self, seconds: float = 120) -> None:
        """Wait until the kernel is up and has had nothing to do for a second."""
        idle_since, deadline = None, time.monotonic() + seconds
        while time.monotonic() < deadline:
            sessions = [s for s in self.server.get("api/sessions") if s["path"] == self.path]
            idle = bool(sessions) and sessions[0]["kernel"]["execution_state"] == "idle"
            idle_since = (idle_since or time.monotonic()) if idle else None
            if idle_since and time.monotonic() - idle_since > 1:
                return
            self.page.wait_for_timeout(100)
        raise TimeoutError(f"{self.path}: the kernel is not idle after {seconds} s")

    def menu(self, *path: str) -> None:
        """Choose an entry of the menu bar, as `menu("Run", "Run All Cells")`."""
        self.page.locator(".lm-MenuBar-item", has_text=path[0]).first.click()
        self.page.locator(f'.lm-Menu-itemLabel:text-is("{path[1]}")').click()

    def run_all(self) -> None:
        self.menu("Run", "Run All Cells")
        self.wait_until_idle()

    def run_up_to(self, text: str) -> None:
        """Run the code cell whose source holds `text`, after all above it."""
        cell = self.cell(text)
        cell.locator(".cm-content").click()
        self.menu("Run", "Run All Above Selected Cell")
        self.wait_until_idle()
        self.run(self.cell(text))

    def cell(self, text: str, kind: str = "code"):
        """The cell whose source holds `text`, scrolled into view and its editor loaded."""
        return self._show(self._index(text, kind))

    def cell_after(self, cell):
        """The cell below another one."""
        return self._show(int(cell.get_attribute("data-windowed-list-index")) + 1)

    def _show(self, index: int):
        found = self.page.locator(f'.jp-Notebook [data-windowed-list-index="{index}"]')
        for _ in range(60):
            if found.count():
                break
            self.page.locator(".jp-WindowedPanel-outer").first.evaluate("e => e.scrollBy(0, 400)")
            self.page.wait_for_timeout(50)
        found.scroll_into_view_if_needed()
        return found

    def _index(self, text: str, kind: str) -> int:
        cells = json.loads(self.file.read_text(encoding="utf-8"))["cells"]
        for i, cell in enumerate(cells):
            if cell["cell_type"] == kind and text in "".join(cell["source"]):
                return i
        raise LookupError(f"{self.path}: no {kind} cell with {text!r}")

    def write(self, cell, source: str) -> None:
        """Replace a cell's source by typing, as a person would."""
        cell.locator(".cm-content").click()
        self.page.keyboard.press("Control+A")
        self.page.keyboard.press("Delete")
        self.page.keyboard.insert_text(source)

    def run(self, cell) -> None:
        cell.locator(".cm-content").click()
        self.page.keyboard.press("Control+Enter")
        self.wait_until_idle()

    def errors(self) -> list[str]:
        """The errors among the outputs, once saved."""
        self.page.keyboard.press("Control+S")
        self.page.wait_for_timeout(1500)
        cells = json.loads(self.file.read_text(encoding="utf-8"))["cells"]
        outputs = [output for cell in cells for output in cell.get("outputs", [])]
        return [o["evalue"] for o in outputs if o["output_type"] == "error"]
