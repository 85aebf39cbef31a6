"""`dgm data`: what there is, what lies here, and fetching it beforehand."""

import pytest

from dgm_course.data import download, mnist, quickdraw
from dgm_course.data.download import File

SHA256 = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"  # of "hello"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty data folder, and addresses where nobody answers."""
    monkeypatch.setenv("DGM_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("DGM_STATIC", "1")
    monkeypatch.setattr(download, "PAUSE", 0)
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    nowhere = {name: ("http://127.0.0.1:9/",) for name in mnist.ADDRESSES}
    monkeypatch.setattr(mnist, "ADDRESSES", nowhere)
    monkeypatch.setattr(mnist, "SUMS", {key: (5, SHA256) for key in mnist.SUMS})
    return tmp_path / "data"


def place(folder, name, content="hello"):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    return path


def place_all(folder, dataset):
    return [place(folder, file.name) for file in mnist.files(dataset).values()]


def test_all_data_are_listed_and_the_folder_is_named(dgm, folder):
    lines = dgm("data").stdout.splitlines()
    assert [line.split()[0] for line in lines] == [
        *("mnist", "fashion_mnist", "quickdraw/CATEGORY", "quickdraw_strokes/CATEGORY", "They"),
    ]
    assert lines[0].endswith("  not here") and lines[2].endswith("0 of 345 categories here")
    assert str(folder) in lines[-1] and "DGM_DATA" in lines[-1]
    assert not folder.exists()


def test_what_lies_here_is_listed(dgm, folder):
    place_all(folder, "mnist")
    place_all(folder, "fashion_mnist")[0].unlink()
    place(folder, "quickdraw/numpy_bitmap/hot dog.npy")
    place(folder, "quickdraw/simplified/cat.ndjson")
    lines = dgm("data").stdout.splitlines()
    assert lines[0].endswith("  here") and lines[1].endswith("3 of 4 files here")
    assert lines[2].endswith("1 of 345 categories here: hot dog")
    assert lines[3].endswith("1 of 345 categories here: cat")


def test_fetching_what_is_here_says_where_it_is(dgm, folder):
    paths = place_all(folder, "mnist")
    result = dgm("data", "fetch", "mnist")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [f"mnist: {path}" for path in paths]


def test_what_cannot_be_fetched_is_exit_code_1_and_the_rest_is_fetched(dgm, folder):
    place_all(folder, "fashion_mnist")
    result = dgm("data", "fetch", "mnist", "fashion_mnist")
    assert result.exit_code == 1
    assert "train-images-idx3-ubyte.gz (5 bytes) is not here" in result.stderr
    assert f"{folder / 'mnist' / 'train-images-idx3-ubyte.gz'}" in result.stderr
    assert result.stdout.count("fashion_mnist: ") == 4


@pytest.mark.parametrize(
    ("dataset", "name"),
    [
        ("quickdraw", "quickdraw/numpy_bitmap/hot dog.npy"),
        ("quickdraw_strokes", "quickdraw/simplified/hot dog.ndjson"),
    ],
)
def test_a_category_has_one_file(dgm, folder, monkeypatch, dataset, name):
    small = File("quickdraw/numpy_bitmap/hot dog.npy", (), 5, SHA256)
    monkeypatch.setitem(quickdraw.files(), "hot dog", small)
    path = place(folder, name)
    result = dgm("data", "fetch", f"{dataset}/hot dog")
    assert (result.exit_code, result.stdout) == (0, f"{dataset}/hot dog: {path}\n")


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("minst", "There is no data set 'minst'; there are: mnist, fashion_mnist, quickdraw/"),
        ("mnist/cat", "There is no data set 'mnist/cat'"),
        ("quickdraw", "quickdraw: category: expected one of the 345"),
        ("quickdraw/kat", "got 'kat'; near: "),
        ("quickdraw_strokes/../cat", "got '../cat'"),
    ],
)
def test_a_name_that_there_is_not_gets_a_sentence_before_anything_is_fetched(
    dgm, folder, name, sentence
):
    place_all(folder, "mnist")
    result = dgm("data", "fetch", "mnist", name)
    assert result.exit_code == 2 and sentence in result.stderr and result.stdout == ""


def test_fetch_without_a_name_and_another_word_are_typing_mistakes(dgm, folder):
    assert dgm("data", "fetch").exit_code == dgm("data", "get", "mnist").exit_code == 2


def test_help_of_fetch_has_an_example_and_exit_codes(dgm):
    output = dgm("data", "fetch", "--help").output
    assert "Example:    dgm data fetch mnist" in output and "Exit code:  0 done" in output


def test_a_folder_that_cannot_be_written_gets_a_sentence(dgm, folder, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied", str(folder))

    monkeypatch.setattr("pathlib.Path.mkdir", refuse)
    result = dgm("data", "fetch", "mnist")
    assert result.exit_code == 2 and f"{folder} cannot be written" in result.stderr
