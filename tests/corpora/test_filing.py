"""Sheets become a corpus that git never keeps: all of them or none; and writers leave it again."""

import re
import shutil
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from deepsign_helpers import corpora, files, preprocessing, runtime, synthesis


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """Paths of photographed sheets, by writer, kind and day or forger; two boxes filled on each."""
    folder = tmp_path_factory.mktemp("photos")
    paths = {}
    for writer, kind, second in [
        (1, "genuine", 1),
        (1, "genuine", 2),
        (2, "genuine", 1),
        (1, "forged", 2),
        (2, "forged", 1),
        (3, "forged", 0),
    ]:
        meaning = "forger" if kind == "forged" else "day"
        sheet = corpora.Sheet(writer, kind, boxes=6, **{meaning: second})
        rng = np.random.default_rng([writer, second])
        fillings = corpora.sign_sheet(sheet, synthesis.sample_writer(rng), rng, filled=2)
        path = folder / f"{kind} {writer} {second}.png"
        cv2.imwrite(str(path), corpora.photograph_sheet(sheet, fillings, rng))
        paths[writer, kind, second] = path
    empty = folder / "empty.png"
    cv2.imwrite(str(empty), corpora.photograph_sheet(corpora.Sheet(4, boxes=6), {}, rng))
    paths["empty"] = empty
    return paths


ALL = [(1, "genuine", 1), (1, "genuine", 2), (2, "genuine", 1), (1, "forged", 2), (2, "forged", 1)]


@pytest.fixture(scope="module")
def filed_once(photos, tmp_path_factory):
    """Folder in which the sheets of two people are filed, and its table."""
    folder = tmp_path_factory.mktemp("corpora") / "class"
    return folder, corpora.file_sheets([photos[key] for key in ALL], folder)


@pytest.fixture
def filed(filed_once, tmp_path):
    """A copy of that folder, to be changed."""
    shutil.copytree(filed_once[0], tmp_path / "class")
    return tmp_path / "class"


def everything_in(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in files.files_below(folder)
    }


def test_a_class_becomes_a_corpus_that_loads_like_any_other(filed_once):
    folder, table = filed_once
    again = corpora.load(folder)
    pd.testing.assert_frame_equal(table, again)
    counts = table.groupby(["writer", "kind"]).size().to_dict()
    assert counts == {
        ("001", "genuine"): 4,
        ("001", "forged"): 2,
        ("002", "genuine"): 2,
        ("002", "forged"): 2,
    }
    forged = table[table["kind"] == "forged"]
    assert forged["forger"].tolist() == ["002", "002", "001", "001"]
    assert set(forged["forgery"]) == {"skilled"}
    of_first = table[(table["writer"] == "001") & (table["kind"] == "genuine")]
    assert of_first["sample"].tolist() == ["1-01", "1-02", "2-01", "2-02"]


def test_what_is_filed_is_what_was_cut(photos, filed):
    cut = corpora.read_sheet(photos[2, "genuine", 1])
    for box, image in cut.images.items():
        path = filed / f"images/002/genuine_1-{box:02d}.png"
        assert (preprocessing.read_gray(path) == image).all()


def test_sheets_that_come_later_join_the_others(photos, tmp_path):
    folder = tmp_path / "class"
    corpora.file_sheets([photos[1, "genuine", 1]], folder)
    table = corpora.file_sheets([photos[1, "forged", 2], photos[2, "genuine", 1]], folder)
    assert len(table) == 6


def require_refused_and_nothing_changed(folder, photos, error, *sentences):
    before = everything_in(folder)
    with pytest.raises(error) as refused:
        corpora.file_sheets(photos, folder)
    for sentence in sentences:
        assert sentence in str(refused.value)
    assert everything_in(folder) == before


def test_one_photograph_that_cannot_be_used_keeps_all_out_and_each_is_named(photos, tmp_path):
    wrong = [tmp_path / "a.png", tmp_path / "b.jpg"]
    wrong[0].write_bytes(b"")
    cv2.imwrite(str(wrong[1]), np.full((300, 300), 255, np.uint8))
    given = [photos[1, "genuine", 1], *wrong]
    require_refused_and_nothing_changed(
        tmp_path / "class",
        given,
        preprocessing.ImageError,
        "2 photographs cannot be used",
        "a.png: the file is empty",
        "b.jpg: shows no corner square",
    )
    assert not (tmp_path / "class").exists()


def test_the_same_sheet_twice_is_refused(photos, filed, tmp_path):
    key = (1, "genuine", 1)
    again = tmp_path / "again.png"
    again.write_bytes(photos[key].read_bytes())
    require_refused_and_nothing_changed(
        tmp_path / "new",
        [photos[key], again],
        corpora.CorpusError,
        "both show the genuine signatures of writer 001, day 1",
    )
    require_refused_and_nothing_changed(
        filed,
        [photos[key]],
        corpora.CorpusError,
        "the genuine signatures of writer 001, day 1 are filed already",
    )


def test_forgeries_of_somebody_who_never_signed_are_refused(photos, filed):
    require_refused_and_nothing_changed(
        filed,
        [photos[3, "forged", 0]],
        corpora.CorpusError,
        "writer 003: has forgeries, but no genuine sheet (writers like this: 1); file the genuine",
    )


def test_an_empty_sheet_and_no_photographs_are_refused(photos, tmp_path):
    for given, sentence in [
        ([photos["empty"]], "empty.png: nothing is written in the boxes of this sheet"),
        ([], "photos: there are none"),
    ]:
        require_refused_and_nothing_changed(tmp_path / "n", given, corpora.CorpusError, sentence)


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A checkout of this project."""
    (tmp_path / "ours" / ".git").mkdir(parents=True)
    monkeypatch.setattr(runtime, "PACKAGE_FOLDER", tmp_path / "ours" / "deepsign_helpers")
    return tmp_path / "ours"


def test_a_folder_that_git_would_keep_is_refused_before_anything_is_read(checkout, monkeypatch):
    monkeypatch.setattr(corpora.filing, "read_all", lambda paths: pytest.fail("it was read"))
    for place in (".", "data_synthetic/class", "docs/../class", "data_really"):
        with pytest.raises(ValueError, match="git would keep these signatures; choose a folder b"):
            corpora.file_sheets(["photo.jpg"], checkout / place)


def test_a_folder_that_git_ignores_is_taken_unless_it_is_a_link_to_another(checkout):
    corpora.filing.require_private(checkout / "data_real" / "class")
    corpora.filing.require_private(checkout / "build")
    (checkout / "build").symlink_to(checkout)
    with pytest.raises(ValueError, match="git would keep"):
        corpora.filing.require_private(checkout / "build" / "class")


def test_somebody_else_s_repository_is_no_place_for_signatures(checkout, tmp_path):
    (tmp_path / "theirs" / ".git").mkdir(parents=True)
    with pytest.raises(ValueError, match=r"choose a folder outside of .*theirs"):
        corpora.filing.require_private(tmp_path / "theirs" / "data_real" / "class")
    corpora.filing.require_private(tmp_path / "class")


def test_another_corpus_is_left_alone(photos, tmp_path):
    synthesis.write_corpus(tmp_path / "ours", writers=1, genuine=1, forged=0, size=(64, 128))
    given = [photos[1, "genuine", 1]]
    require_refused_and_nothing_changed(
        tmp_path / "ours", given, corpora.CorpusError, "holds another corpus"
    )
    stray = tmp_path / "stray" / "images" / "holiday.png"
    stray.parent.mkdir(parents=True)
    stray.write_bytes(b"sun")
    require_refused_and_nothing_changed(
        tmp_path / "stray", given, corpora.CorpusError, "holds files in images, but no manifest"
    )


def test_a_full_disk_leaves_the_corpus_as_it_was(photos, tmp_path, monkeypatch):
    folder = tmp_path / "class"
    corpora.file_sheets([photos[1, "genuine", 1]], folder)
    write_bytes = Path.write_bytes

    def write_one(path, content):
        if path.name == "forged_002-02.png":
            raise OSError(28, "No space left on device")
        return write_bytes(path, content)

    monkeypatch.setattr(Path, "write_bytes", write_one)
    require_refused_and_nothing_changed(
        folder, [photos[1, "forged", 2]], OSError, "forged_002-02.png: cannot be written", "full?"
    )


def test_what_a_killed_filing_left_is_swept_and_nothing_else(photos, filed):
    left = filed / "images" / "009" / "genuine_1-01.png"
    left.parent.mkdir()
    left.write_bytes(b"half")
    notes = filed / "images" / "notes.txt"
    notes.write_text("mine")
    assert len(corpora.filing.filed_in(filed)) == 10
    assert not left.exists()
    assert notes.exists()


def test_a_box_that_was_changed_is_noticed_before_more_is_filed(photos, filed):
    (filed / "images" / "001" / "genuine_1-01.png").write_bytes(b"other")
    with pytest.raises(corpora.CorpusError, match=r"genuine_1-01\.png is no longer the image"):
        corpora.file_sheets([photos[3, "forged", 0]], filed)


def test_who_withdraws_takes_along_their_signatures_and_forgeries_of_and_by_them(filed):
    assert corpora.withdraw(filed, 2) == 6
    table = corpora.load(filed)
    assert set(table["writer"]) == {"001"}
    assert set(table["kind"]) == {"genuine"}
    assert len(everything_in(filed)) == 4 + 1  # and the manifest
    assert corpora.withdraw(filed, "001") == 4
    assert everything_in(filed) == {}


@pytest.mark.parametrize("number", [7, "7", "nobody\n"])
def test_who_is_not_filed_cannot_withdraw(filed, number):
    before = everything_in(filed)
    with pytest.raises(corpora.CorpusError, match=r"^writer [^\n]+: nothing by that number"):
        corpora.withdraw(filed, number)
    assert everything_in(filed) == before


def test_a_withdrawal_that_was_killed_is_finished_by_the_next(filed):
    manifest = filed / "manifest.csv"
    table = pd.read_csv(manifest, dtype=str, keep_default_na=False)
    is_theirs = (table["writer"] == "002") | (table["forger"] == "002")
    table[~is_theirs].to_csv(manifest, index=False)
    corpora.withdraw(filed, 1)
    assert everything_in(filed) == {}


@pytest.mark.parametrize("number", [2, "2", "002", np.int64(2)])
def test_a_number_is_said_as_people_say_it(filed, number):
    assert corpora.withdraw(filed, number) == 6
    assert not (filed / "images" / "002").exists()


def test_who_withdraws_need_not_wait_until_a_damaged_box_is_mended(filed):
    (filed / "images" / "001" / "genuine_1-01.png").unlink()
    (filed / "images" / "002" / "genuine_1-01.png").unlink()
    assert corpora.withdraw(filed, 2) == 5
    assert corpora.withdraw(filed, 1) == 3
    assert everything_in(filed) == {}


def test_the_last_withdrawal_that_is_killed_can_be_made_again(filed, monkeypatch):
    corpora.withdraw(filed, 2)
    unlink = Path.unlink

    def die_at_the_second(path, **options):
        if path.name.endswith("1-02.png"):
            raise KeyboardInterrupt
        unlink(path, **options)

    monkeypatch.setattr(Path, "unlink", die_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        corpora.withdraw(filed, 1)
    monkeypatch.setattr(Path, "unlink", unlink)
    assert corpora.withdraw(filed, 1) == 3
    assert everything_in(filed) == {}


@pytest.mark.parametrize(
    "manifest", ["path,writer,kind,domain,forger\n", "writer,kind,domain\n001,genuine,sheet\n"]
)
def test_nothing_is_deleted_where_the_manifest_is_not_ours(photos, tmp_path, manifest):
    theirs = tmp_path / "images" / "003" / "genuine_1-01.png"
    theirs.parent.mkdir(parents=True)
    theirs.write_bytes(b"theirs")
    (tmp_path / "manifest.csv").write_text(manifest)
    for act in (
        lambda: corpora.file_sheets([photos[1, "genuine", 1]], tmp_path),
        lambda: corpora.withdraw(tmp_path, 3),
    ):
        with pytest.raises(corpora.CorpusError, match="holds another corpus"):
            act()
    assert theirs.read_bytes() == b"theirs"


def test_what_a_link_leads_to_is_not_deleted(filed, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "genuine_1-01.png").write_bytes(b"theirs")
    (filed / "images" / "005").symlink_to(elsewhere)
    (filed / "images" / "002" / "genuine_9-09.png").symlink_to(elsewhere / "genuine_1-01.png")
    corpora.withdraw(filed, 1)
    assert (elsewhere / "genuine_1-01.png").read_bytes() == b"theirs"


def test_a_folder_without_sheets_is_one_sentence(tmp_path):
    with pytest.raises(corpora.CorpusError, match=re.escape("no sheets are filed here")):
        corpora.withdraw(tmp_path, 1)
