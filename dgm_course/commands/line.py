"""What the commands share on the command line: exit codes, plain errors, completion."""

import contextlib
import errno
from collections.abc import Iterator

import typer

from dgm_course.commands.course import UserError, find_course, find_labs

USAGE, NOT_RIGHT = 2, 1


@contextlib.contextmanager
def plain_errors() -> Iterator[None]:
    """End a command with one sentence and exit code 2 where the user can mend what is wrong."""
    try:
        yield
    except UserError as error:
        typer.echo(str(error), err=True)
    except OSError as error:
        if error.errno not in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT):
            raise
        where = error.filename or "this folder"
        typer.echo(f"{where} cannot be written: {error.strerror}.", err=True)
    else:
        return
    raise typer.Exit(USAGE)


def labs_here(incomplete: str) -> list[str]:
    """The labs' names, for the shell's completion."""
    with contextlib.suppress(UserError):
        labs = find_labs(find_course())
        return [lab.stem for lab in labs if lab.stem.startswith(incomplete)]
    return []
