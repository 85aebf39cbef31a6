"""Build notebooks from their sources, and check that the committed ones are what is built.

build()                    build what changed                 build(["01"])      module 01 only
build(force=True)          execute everything                 build(check=True)  execute nothing
build(measure=True)        execute one by one, writing down how long each takes
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from pathlib import Path

from dgm_course.authoring import layout, notebook, outputs, timing
from dgm_course.authoring.execute import TIMEOUT, execute, stop
from dgm_course.authoring.lab import default_lab, strip
from dgm_course.authoring.layout import Source
from dgm_course.authoring.lint import lint
from dgm_course.authoring.problem import BuildError
from dgm_course.authoring.status import FRESH, Plan, Result, make_plan
from dgm_course.authoring.status import check as compare


def build(
    names: Sequence[str] = (),
    check: bool = False,
    jobs: int = 2,
    force: bool = False,
    measure: bool = False,
    *,
    root: Path | None = None,
    lab: Callable[[str], object] = default_lab,
    timeout: int = TIMEOUT,
    show_progress: bool = True,
) -> list[Result]:
    """Build the notebooks of the sources named (default: all); with `check` only compare.

    Names are `01`, `01_information`, `lectures/01_information` or paths.  `lab` finds a lab's
    exercises, `timeout` is in seconds a cell.  Raises BuildError for a name that is no source's.
    """
    root = root or layout.find_root()
    sources = layout.select(root, names)
    if check:
        return _check(root, sources, lab, everything=not names)
    run = _Run(root, force or measure, measure)
    return run.all(sources, lab, 1 if measure else jobs, timeout, show_progress)


def _check(root: Path, sources: list[Source], lab: Callable, everything: bool) -> list[Result]:
    timings = timing.load(root)
    orphans = layout.orphans(root) if everything else []
    found = [compare(source, lab, timings) for source in sources]
    return found + [Result(orphan.path, "stale", (orphan,)) for orphan in orphans]


class _Run:
    """One run of the build: executes what is not fresh, writes each notebook once it is done."""

    def __init__(self, root: Path, force: bool, measure: bool) -> None:
        self.root, self.force, self.measure = root, force, measure
        self.timings = timing.load(root)
        self.results: dict[Source, Result] = {}

    def all(self, sources: list[Source], lab: Callable, jobs: int, timeout: int, show: bool):
        """The result of every source, in their order."""
        plans = []
        for source in sources:
            try:
                plans.append(make_plan(source, lab))
            except BuildError as error:
                self._failed(source, error)
        todo = [plan for plan in plans if self._must_execute(plan)]
        for plan in plans:
            if plan not in todo:
                self._write(plan, None, None)
        if todo:
            _execute_all(todo, jobs, timeout, show, self._done)
        return [self.results[source] for source in sources]

    def _must_execute(self, plan: Plan) -> bool:
        condition = plan.condition(plan.source.executed, self.timings)
        untimed = plan.source.key not in self.timings
        return self.force or untimed or condition not in (FRESH, "title")

    def _done(self, plan: Plan, future: Future) -> None:
        try:
            nb, seconds = future.result()
        except BuildError as error:
            self._failed(plan.source, error)
            return
        if self.measure or plan.source.key not in self.timings:
            self.timings[plan.source.key] = max(1, round(seconds))
            timing.save(self.root, self.timings)
        self._write(plan, nb, seconds)

    def _write(self, plan: Plan, nb, seconds: float | None) -> None:
        """Write what is not fresh; `nb` is None where the committed outputs stand."""
        try:
            texts = _texts(plan, nb, self.timings, self.force)
        except BuildError as error:
            self._failed(plan.source, error)
            return
        for path, text in texts.items():
            notebook.write(path, text)
        state = "built" if nb is not None else "rewritten" if texts else FRESH
        nodes = notebook.load(plan.source.executed)["cells"]
        problems = tuple(lint(plan.document, plan.lab, nodes))
        self.results[plan.source] = Result(plan.source.key, state, problems, seconds)

    def _failed(self, source: Source, error: BuildError) -> None:
        self.results[source] = Result(source.key, "failed", error.problems)


def _texts(plan: Plan, nb, timings: dict[str, int], force: bool) -> dict[Path, str]:
    """The notebooks to write, by path: executed anew, stripped anew, or under a new title."""
    document, executed, texts = plan.document, plan.source.executed, {}
    nodes = nb.cells if nb is not None else notebook.load(executed)["cells"]
    title = plan.title(nodes, timings)
    for path in plan.source.targets:
        condition = plan.condition(path, timings)
        if path == executed and nb is not None:
            texts[path] = notebook.finish(nb, document, plan.digest, title)
        elif path != executed and (force or condition not in (FRESH, "title")):
            stripped = strip(notebook.to_notebook(document, plan.lab), document)
            texts[path] = notebook.finish(stripped, document, plan.digest, title)
        elif condition == "title":
            texts[path] = notebook.retitle(notebook.load(path), title)
    return texts


def _execute_all(plans: list[Plan], jobs: int, timeout: int, show: bool, done: Callable) -> None:
    """Execute the plans in `jobs` threads, a kernel each; call `done(plan, future)` in this one."""
    from tqdm import tqdm

    kernels, made = [], [(plan, notebook.to_notebook(plan.document, plan.lab)) for plan in plans]
    total = sum(cell.is_code for plan in plans for cell in plan.document.cells)
    bar = tqdm(total=total, desc="build", unit=" cells", disable=None if show else True)
    with bar, ThreadPoolExecutor(max(1, jobs)) as pool:
        work = {pool.submit(_execute, p, nb, timeout, kernels, bar.update): p for p, nb in made}
        try:
            for future in as_completed(work):
                done(work[future], future)
        finally:  # after an interrupt: no kernel outlives the build
            pool.shutdown(wait=False, cancel_futures=True)
            while not all(future.done() for future in work):
                stop(kernels)
                time.sleep(0.1)


def _execute(plan: Plan, nb, timeout: int, kernels: list, on_cell: Callable[[], None]):
    seconds = execute(nb, plan.document, timeout, kernels, on_cell)
    problems = outputs.problems(nb, plan.document)
    if problems:
        raise BuildError(problems)
    return outputs.lift_alt(nb), seconds
