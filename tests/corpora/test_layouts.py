"""A corpus becomes a table, whatever its folders are called, or one sentence says why not."""

import hashlib
import unicodedata
from itertools import product
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepsign_helpers import tables
from deepsign_helpers.corpora import CorpusError, load


def fill(folder, *paths):
    """Put a file at each path, every one with its own content; nothing here decodes an image."""
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(b"content of " + path.encode())
    return folder


def fill_ours(folder, writers=2, samples=2):
    """Write a corpus as the generator does: images, then a manifest of checksums."""
    rows = []
    for number, kind, sample in product(range(writers), tables.KINDS, range(samples)):
        path = f"images/w{number}/{kind}_{sample:02d}.png"
        fill(folder, path)
        row = {
            "path": path,
            "writer": f"w{number}",
            "kind": kind,
            "sample": sample,
            "script": "latin",
            "domain": "clean",
            "forgery": "skilled" if kind == "forged" else "",
            "forger": "",
            "condition": "",
            "difficulty": "easy",
            "sha256": hashlib.sha256((folder / path).read_bytes()).hexdigest(),
        }
        rows.append(row)
    pd.DataFrame(rows).to_csv(folder / "manifest.csv", index=False)
    return folder


def read_back(table):
    return list(table[["writer", "kind", "sample"]].itertuples(index=False, name=None))


# What is read


def test_our_own_manifest_gives_its_rows_with_paths_that_open(tmp_path):
    table = load(fill_ours(tmp_path))
    assert read_back(table)[:3] == [
        ("w0", "genuine", "0"),
        ("w0", "genuine", "1"),
        ("w0", "forged", "0"),
    ]
    assert {"script", "domain", "condition", "difficulty", *tables.CORPUS_COLUMNS} == set(
        table.columns
    )
    assert all(Path(path).read_bytes().startswith(b"content of images/") for path in table["path"])


def test_cedar_is_recognised_wherever_it_was_unpacked(tmp_path):
    fill(
        tmp_path,
        *(f"signatures/full_org/original_{w}_{s}.png" for w in (1, 2, 10) for s in (1, 10, 2)),
    )
    fill(
        tmp_path,
        "signatures/full_forg/forgeries_2_1.png",
        "signatures/Readme.txt",
        "signatures/full_org/Thumbs.db",
    )
    expected = [("1", "genuine", "1"), ("1", "genuine", "2"), ("1", "genuine", "10")]
    table = load(tmp_path)
    assert read_back(table)[:3] == expected
    assert read_back(table)[6] == ("2", "forged", "1")
    assert list(table["forgery"].unique()) == ["", "skilled"]
    assert len(table) == 10


def test_bhsig260_tells_writers_by_folder_and_script_even_where_file_names_err(tmp_path):
    fill(
        tmp_path,
        "Hindi/001/H-S-1-G-01.tif",
        "Hindi/001/H-S-1-F-01.tif",
        "Bengali/001/B-S-1-G-01.tif",
    )
    fill(tmp_path, "Hindi/123/H-S-124-G-01.tif", "Hindi/124/H-S-124-G-01.tif")
    table = load(tmp_path)
    assert set(table["writer"]) == {"H-001", "H-123", "H-124", "B-001"}
    assert set(table["script"]) == {"H", "B"}


def test_sigcomp2011_reads_both_orders_of_number_and_knows_the_forger(tmp_path):
    fill(
        tmp_path,
        "Offline Genuine/001_1.PNG",
        "Offline Genuine/001_02.PNG",
        "Offline Forgeries/0119001_01.png",
    )
    fill(tmp_path, "Reference(646)/049/09_049.png", "Questioned(1287)/049/03_0113049.PNG")
    table = load(tmp_path)
    assert read_back(table) == [
        ("001", "genuine", "1"),
        ("001", "genuine", "02"),
        ("001", "forged", "0119-01"),
        ("049", "genuine", "09"),
        ("049", "forged", "0113-03"),
    ]
    assert list(table["forger"]) == ["", "", "0119", "", "0113"]


def test_a_pattern_reads_any_corpus_and_kinds_translate_its_words(tmp_path):
    fill(
        tmp_path,
        "scans/Ann/ORG/1.PNG",
        "scans/Ann/Forg/1.png",
        "scans/Ben/org/1.png",
        "scans/notes.txt",
    )
    table = load(
        tmp_path, "{writer}/{kind}/{sample}.png", kinds={"genuine": "org", "forged": "forg"}
    )
    assert read_back(table) == [
        ("Ann", "genuine", "1"),
        ("Ann", "forged", "1"),
        ("Ben", "genuine", "1"),
    ]


def test_a_pattern_for_each_kind_reads_paths_that_do_not_name_it(tmp_path):
    fill(tmp_path, "real/anna_maria_01.png", "fake/anna_maria_01.png")
    layout = {"genuine": "real/{writer}_{sample}.png", "forged": ["fake/{writer}_{sample}.png"]}
    assert read_back(load(tmp_path, layout)) == [
        ("anna_maria", "genuine", "01"),
        ("anna_maria", "forged", "01"),
    ]


def test_a_placeholder_that_stands_twice_must_be_the_same_twice(tmp_path):
    fill(tmp_path, "a/genuine_a_1.png", "b/genuine_a_2.png")
    assert read_back(load(tmp_path, "{writer}/{kind}_{writer}_{sample}.png")) == [
        ("a", "genuine", "1")
    ]


def test_accents_are_found_however_the_file_system_stores_them(tmp_path):
    fill(tmp_path, unicodedata.normalize("NFD", "émile/genuine/1.png"), "签名/genuine/1.png")
    table = load(tmp_path, "{writer}/{kind}/{sample}.png")
    assert set(table["writer"]) == {unicodedata.normalize("NFC", "émile"), "签名"}
    assert load(tmp_path, {"genuine": "émile/{writer}/{sample}.png"})["writer"].tolist() == [
        "genuine"
    ]


def test_hidden_files_and_folders_are_ignored(tmp_path):
    fill(tmp_path, "a/genuine/1.png", "a/genuine/._1.png", ".trash/a/genuine/1.png")
    assert len(load(tmp_path, "{writer}/{kind}/{sample}.png")) == 1


@pytest.mark.parametrize("name", ["Thumbs.db", "w0/desktop.ini", "._genuine_00.png"])
def test_what_a_file_manager_leaves_among_our_images_is_ignored(tmp_path, name):
    assert len(load(fill(fill_ours(tmp_path), f"images/{name}"))) == 8


def test_a_folder_that_is_called_like_an_image_is_not_one(tmp_path):
    fill(tmp_path, "a/genuine/1.png", "a/genuine/2.png/notes.txt")
    assert len(load(tmp_path, "{writer}/{kind}/{sample}.png")) == 1


def test_a_corpus_without_forgeries_is_read(tmp_path):
    fill(tmp_path, "full_org/original_1_1.png")
    assert set(load(tmp_path)["kind"]) == {"genuine"}


words = st.text(st.characters(categories=["L", "Nd"]), min_size=1, max_size=8)


@given(
    st.lists(
        st.tuples(words, words),
        min_size=1,
        max_size=8,
        unique_by=lambda pair: tuple(map(str.lower, pair)),
    )
)
def test_any_writer_and_sample_name_comes_back_from_its_path(tmp_path_factory, names):
    names = [tuple(unicodedata.normalize("NFC", text) for text in pair) for pair in names]
    folder = fill(
        tmp_path_factory.mktemp("corpus"),
        *(f"{writer}/genuine/{sample}.png" for writer, sample in names),
    )
    table = load(folder, "{writer}/{kind}/{sample}.png")
    assert set(zip(table["writer"], table["sample"], strict=True)) == set(names)


# What is refused


def refused(folder, **options):
    with pytest.raises(CorpusError) as caught:
        load(folder, **options)
    assert str(caught.value).endswith(".") and "\n" not in str(caught.value)
    return str(caught.value)


def test_a_missing_folder_is_named_with_the_cure(tmp_path):
    assert "no such folder; check the path, or generate a corpus with `make data`" in refused(
        tmp_path / "nowhere"
    )


def test_a_folder_of_unknown_layout_is_told_how_to_give_a_pattern(tmp_path):
    fill(tmp_path, "holiday/beach.jpg")
    assert 'layout="{writer}/{kind}/{sample}.png"' in refused(tmp_path)


def test_a_folder_that_fits_two_layouts_asks_for_one(tmp_path):
    fill(tmp_path, "full_org/original_1_1.png", "001/001_01.png")
    assert "fits the layouts cedar and sigcomp2011; name one" in refused(tmp_path)
    assert len(load(tmp_path, "cedar")) == 1


def test_a_pattern_that_fits_nothing_is_repeated(tmp_path):
    fill(tmp_path, "a/genuine/1.tif")
    assert "no file fits the layout '{writer}/{kind}/{sample}.png'" in refused(
        tmp_path, layout="{writer}/{kind}/{sample}.png"
    )


@pytest.mark.parametrize(
    ("layout", "message"),
    [
        ("cedr", "unknown; use auto, deepsign, cedar"),
        ("{who}/{kind}/{sample}.png", "{who} is unknown; it may hold {writer}, {kind}"),
        ("{writer/{kind}/{sample}.png", "is unknown"),
        ("{writer}/{kind}.png", "lacks {sample}"),
        ("{writer}/{sample}.png", "give one pattern a kind"),
        ({"forgery": "{writer}/{sample}.png"}, 'the keys "genuine" and "forged"'),
    ],
)
def test_a_layout_that_makes_no_sense_is_refused_before_reading(tmp_path, layout, message):
    assert message in refused(tmp_path, layout=layout)


def test_an_unexpected_word_for_a_kind_asks_what_it_means(tmp_path):
    fill(tmp_path, "a/genuine/1.png", "a/simulated/1.png")
    message = refused(tmp_path, layout="{writer}/{kind}/{sample}.png")
    assert "'simulated' stands where 'genuine' or 'forged' was expected" in message
    assert "the keys are" in refused(
        tmp_path, layout="{writer}/{kind}/{sample}.png", kinds={"org": "genuine"}
    )


@pytest.mark.parametrize(
    "layout", ["auto", "deepsign", "cedar", {"genuine": "{writer}/{sample}.png"}]
)
def test_kinds_are_refused_where_no_pattern_asks_for_them(tmp_path, layout):
    message = refused(fill_ours(tmp_path), layout=layout, kinds={"genuine": "org"})
    assert (
        f"kinds: the layout {layout!r} does not ask for them; give a pattern with {{kind}} in it."
        == message
    )


def test_a_file_that_fits_both_kinds_is_refused(tmp_path):
    fill(tmp_path, "a/1.png")
    layout = {"genuine": "{writer}/{sample}.png", "forged": "{writer}/{sample}.png"}
    assert "fits more than one pattern" in refused(tmp_path, layout=layout)


def test_a_writer_without_genuine_signatures_is_named(tmp_path):
    fill(
        tmp_path,
        "full_org/original_1_1.png",
        "full_forg/forgeries_2_1.png",
        "full_forg/forgeries_10_1.png",
    )
    assert "writer 2: has no genuine signature to compare with (writers like this: 2)" in refused(
        tmp_path
    )


def test_two_collections_with_one_numbering_are_told_apart(tmp_path):
    fill(tmp_path, "Dutch/Genuine/001_01.png", "Chinese/Genuine/001_01.png")
    assert "load each collection from its own folder" in refused(tmp_path)
    assert len(load(tmp_path / "Dutch")) == 1


def test_one_image_under_two_writers_is_found_by_its_content(tmp_path):
    fill(tmp_path, "a/genuine/1.png", "b/genuine/1.png", "b/genuine/2.png")
    (tmp_path / "b/genuine/3.png").write_bytes((tmp_path / "a/genuine/1.png").read_bytes())
    message = refused(tmp_path, layout="{writer}/{kind}/{sample}.png")
    assert "one image stands as genuine of writer a and as genuine of writer b" in message


def test_one_image_linked_under_two_kinds_is_found(tmp_path):
    fill(tmp_path, "a/genuine/1.png", "a/forged/2.png")
    (tmp_path / "a/forged/1.png").symlink_to(tmp_path / "a/genuine/1.png")
    assert "as forged of writer a" in refused(tmp_path, layout="{writer}/{kind}/{sample}.png")


def test_a_manifest_row_without_its_image_is_named(tmp_path):
    (fill_ours(tmp_path) / "images/w1/forged_01.png").unlink()
    assert "lists images/w1/forged_01.png, which is missing; generate the corpus again" in refused(
        tmp_path
    )


def test_an_image_that_changed_since_the_manifest_is_named(tmp_path):
    (fill_ours(tmp_path) / "images/w1/forged_01.png").write_bytes(b"content of another one")
    assert "images/w1/forged_01.png is no longer the image it lists" in refused(tmp_path)


def test_a_manifest_cut_short_anywhere_is_never_taken_for_whole(tmp_path):
    manifest = fill_ours(tmp_path, writers=1) / "manifest.csv"
    whole = manifest.read_bytes().rstrip()
    for length in range(len(whole)):
        manifest.write_bytes(whole[:length])
        assert "generate the corpus again" in refused(tmp_path)


@pytest.mark.parametrize("layout", ["auto", "deepsign"])
def test_a_manifest_of_nothing_but_its_header_is_called_empty(tmp_path, layout):
    header = fill_ours(tmp_path / "whole").joinpath("manifest.csv").read_text().splitlines()[0]
    (tmp_path / "manifest.csv").write_text(header + "\n")
    assert "manifest.csv: is empty, it lists no image; generate the corpus again" in refused(
        tmp_path, layout=layout
    )


def test_a_manifest_that_is_no_table_is_refused(tmp_path):
    fill_ours(tmp_path).joinpath("manifest.csv").write_bytes(b"\xff\xfe\x00\x01")
    assert "is not a readable table" in refused(tmp_path)


def test_a_manifest_with_a_third_kind_is_refused(tmp_path):
    manifest = fill_ours(tmp_path) / "manifest.csv"
    manifest.write_text(manifest.read_text().replace(",forged,", ",fake,"))
    assert 'neither "genuine" nor "forged"' in refused(tmp_path)


def test_images_without_a_manifest_are_taken_for_half_written(tmp_path):
    (fill_ours(tmp_path) / "manifest.csv").unlink()
    assert "half-written; generate it again" in refused(tmp_path, layout="deepsign")
    assert "generate it again, or say how" in refused(tmp_path)
