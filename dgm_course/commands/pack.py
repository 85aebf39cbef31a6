"""In a class pack, which holds no answers, `dgm` does without what authors and instructors need."""

from pathlib import Path

import typer
from typer.core import TyperGroup

AUTHORS = ("build", "release", "present", "site")
NEEDS = {**dict.fromkeys(AUTHORS, "authoring"), "grade": "grading"}
PACKAGE = Path(__file__).resolve().parents[1]


class Commands(TyperGroup):
    """The commands that work here; one that cannot is not listed, and says why when called."""

    def list_commands(self, ctx: typer.Context) -> list[str]:
        return [name for name in super().list_commands(ctx) if not is_left_out(name)]

    def get_command(self, ctx: typer.Context, cmd_name: str):
        if is_left_out(cmd_name):
            typer.echo(f"`dgm {cmd_name}` is not part of this class pack.", err=True)
            raise typer.Exit(2)
        return super().get_command(ctx, cmd_name)


def is_left_out(name: str) -> bool:
    """Whether a command needs a part of the package that is not here."""
    return name in NEEDS and not (PACKAGE / NEEDS[name]).is_dir()
