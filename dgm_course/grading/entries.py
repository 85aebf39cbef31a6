"""Where the students' folders and files are, below whatever an LMS or a teacher wrapped around."""

from collections.abc import Callable, Iterator

from dgm_course.grading.archives import Node, children
from dgm_course.grading.owners import COPY, Owner, is_notebook, is_part, owner
from dgm_course.grading.problem import GradingError

ARCHIVES = (".rar", ".7z", ".tar", ".gz", ".tgz")


def students(root: Node, lab: str) -> dict[tuple, list[tuple[Owner, Node]]]:
    """What each student handed in, by the student's key; names of the owners sort the keys.

    Raises GradingError if the root cannot be listed.
    """
    groups: dict[tuple, list[tuple[Owner, Node]]] = {}
    for node in _entries(root, lab):
        whose = _whose(node, lab)
        groups.setdefault(whose.key, []).append((whose, node))
    return {key: groups[key] for key in sorted(groups)}


def _entries(root: Node, lab: str) -> Iterator[Node]:
    found = _work(children(root), lab)
    if _is_course(found, lab):
        yield root
        return
    while len(found) == 1 and _wraps(found[0], lab):
        found = _work(children(found[0]), lab)
    exports = _are_exports(found, lab)
    for node in found:
        if exports or _holds_class(node, lab, _by_lms):
            yield from _entries(node, lab)
        else:
            yield node


def _whose(node: Node, lab: str) -> Owner:
    return owner(node.name, lab, node.kind == "folder")


def _work(nodes: list[Node], lab: str) -> list[Node]:
    """Beside the students lie lists and pages of the LMS: only what could be work counts."""
    return [n for n in nodes if n.kind != "file" or n.refused or _could_be_work(n, lab)]


def _could_be_work(node: Node, lab: str) -> bool:
    archive = node.name.casefold().endswith(ARCHIVES)
    return archive or is_notebook(node.name) or _whose(node, lab).known


def _children(node: Node) -> list[Node]:
    if node.kind == "file" or node.refused:
        return []
    try:
        return children(node)
    except GradingError:
        return []


def _by_lms(nodes: list[Node], lab: str) -> set[tuple]:
    """The students that names tell which an LMS wrote."""
    return {whose.key for n in nodes if (whose := _whose(n, lab)).by_lms}


def _named(nodes: list[Node], lab: str) -> set[tuple]:
    """The students that names tell: "01_information_final" is nobody's name."""
    every = [_whose(n, lab) for n in nodes]
    return {w.key for w in every if w.by_lms or (w.known and not COPY.fullmatch(w.shown))}


def _are_exports(nodes: list[Node], lab: str) -> bool:
    """Whether each holds students of its own.

    Only then are plain names inside taken for students: a student's folder among others may hold
    files that bear other students' names.
    """
    seen: set[tuple] = set()
    for node in nodes:
        names = set() if _whose(node, lab).known else _named(_children(node), lab)
        if len(names) < 2 or names & seen:
            return False
        seen |= names
    return True


def _is_course(nodes: list[Node], lab: str) -> bool:
    """Whether these are the folders of the course, as one student has them."""
    names = {n.name.casefold() for n in nodes if n.kind == "folder"}
    own = names & {"labs", "work"}
    parts = len(names) > 1 and all(is_part(name, lab) for name in names)
    return len(own) == 2 or (bool(own) and ("dgm_course" in names or parts))


def _wraps(node: Node, lab: str) -> bool:
    """Whether the only folder or zip file there is holds a class, and is not a student."""
    inside, whose = _children(node), _whose(node, lab)
    if whose.by_lms or _is_course(inside, lab):
        return False
    if len(_named(inside, lab)) > 1 or (_by_lms(inside, lab) and not whose.known):
        return True
    if any(is_notebook(n.name) for n in inside if n.kind == "file"):
        return False
    inner = [n for n in inside if n.kind != "file"]
    if whose.known:
        return len(inner) == 1 and _holds_class(inner[0], lab, _named)
    if len(inner) > 1:
        return not all(is_part(n.name, lab) for n in inner)
    collection = is_part(node.name, lab) or (len(node.path) > 1 and node.kind == "zip")
    return bool(inner) and (collection or _wraps(inner[0], lab))


def _holds_class(node: Node, lab: str, names: Callable[[list[Node], str], set]) -> bool:
    """Whether a folder or zip file holds names of several students, in however many wrappers."""
    inside = _children(node)
    if _whose(node, lab).by_lms or _is_course(inside, lab):
        return False
    inner = [n for n in inside if n.kind != "file"]
    alone = len(inner) == 1 and not any(is_notebook(n.name) for n in inside)
    return len(names(inside, lab)) > 1 or (alone and _holds_class(inner[0], lab, names))
