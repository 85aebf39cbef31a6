"""What the guides say of time is what the notes, the exercises and the lectures say."""

from dgm_course.authoring import layout, notebook, notes, study_times
from dgm_course.authoring.modules import load_modules
from dgm_course.exercises.lab import load

ROOT = layout.find_root()


def test_there_is_a_row_a_module_with_its_own_minutes():
    found = [
        [cell.replace("\N{NO-BREAK SPACE}", " ") for cell in r] for r in study_times.rows(ROOT)
    ]
    modules, (*rows, total) = load_modules(ROOT), found
    for module, (name, reading, attending, lab, in_all) in zip(modules, rows, strict=True):
        assert module.title in name
        spoken = notes.spoken(notebook.load(ROOT / module.lecture))
        assert attending == f"{sum(read.minutes for _, read in spoken)} min"
        assert lab == f"{sum(exercise.minutes for exercise in load(module.name).exercises)} min"
        assert in_all == f"{(minutes(reading) + minutes(lab)) / 60:.1f} h"
    columns = list(zip(*rows, strict=True))[1:4]
    assert total[1:4] == [f"{sum(map(minutes, column))} min" for column in columns]


def minutes(cell):
    return int(cell.removesuffix(" min"))
