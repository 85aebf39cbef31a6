"""Small notebooks for tests."""

import json


def notebook(*cells: str | tuple[str, int], **metadata) -> str:
    """A notebook of code cells; ("kl", 4) stands for a locked check cell worth 4 points."""
    made = []
    for i, cell in enumerate(cells):
        name, points = cell if isinstance(cell, tuple) else ("", 0)
        mark = {"grade": True, "grade_id": f"{name}-check", "points": points}
        made.append(
            {
                "cell_type": "code",
                "id": f"cell-{i}",
                "metadata": {"nbgrader": mark} if name else {},
                "source": f"check({name})" if name else cell,
                "outputs": [],
                "execution_count": None,
            }
        )
    return json.dumps({"cells": made, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5})
