"""A corpus becomes a table, whatever its folders are called, or one sentence says why not."""

import hashlib
import json
import unicodedata
import warnings
from itertools import product
from pathlib import Path

import corpus_trees
import pandas as pd
import pytest
from corpus_trees import TREES, fill
from hypothesis import given
from hypothesis import strategies as st

from deepsign_helpers import tables
from deepsign_helpers.corpora import NAMED_LAYOUTS, UNPUBLISHED, CorpusError, load


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
    with pytest.warns(UserWarning, match=r"left out 1 image \(fits no pattern: .*b/genuine_a_2"):
        table = load(tmp_path, "{writer}/{kind}_{writer}_{sample}.png")
    assert read_back(table) == [("a", "genuine", "1")]


def test_accents_are_found_however_the_file_system_stores_them(tmp_path):
    fill(tmp_path, unicodedata.normalize("NFD", "émile/genuine/1.png"), "签名/genuine/1.png")
    table = load(tmp_path, "{writer}/{kind}/{sample}.png")
    assert set(table["writer"]) == {unicodedata.normalize("NFC", "émile"), "签名"}
    with pytest.warns(UserWarning, match="签名/genuine/1.png"):
        table = load(tmp_path, {"genuine": "émile/{writer}/{sample}.png"})
    assert table["writer"].tolist() == ["genuine"]


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


@pytest.mark.parametrize("ending", ["png", "JPG", "jpeg", "Tif", "TIFF", "bmp"])
def test_a_named_layout_takes_every_image_that_can_be_read(tmp_path, ending):
    fill(tmp_path / "cedar", f"full_org/original_1_1.{ending}", f"full_forg/forgeries_1_1.{ending}")
    assert len(load(tmp_path / "cedar")) == 2
    fill(tmp_path / "bhsig", f"001/B-S-1-G-01.{ending}", f"001/B-S-1-F-01.{ending}")
    assert len(load(tmp_path / "bhsig")) == 2
    fill(tmp_path / "sigcomp", f"001_01.{ending}", f"0002001_01.{ending}")
    assert len(load(tmp_path / "sigcomp")) == 2


def test_folders_of_numbers_are_read_with_zeros_or_without(tmp_path):
    names = [f"{writer}/H-S-{writer}-G-01.tif" for writer in (1, 20, 160)]
    assert load(fill(tmp_path, *names))["writer"].tolist() == ["H-1", "H-20", "H-160"]


@pytest.mark.parametrize(
    ("genuine", "forged"),
    [
        ("genuine", "forged"),
        ("real", "fake"),
        ("org", "forg"),
        ("Originals", "Forgeries"),
        ("signature-forgery-detection/real", "signature-forgery-detection/fakes"),
    ],
)
def test_the_word_forged_in_a_path_beats_its_digits(tmp_path, genuine, forged):
    fill(tmp_path, f"{genuine}/001_01.png", f"{genuine}/001_02.png", f"{forged}/001_11.png")
    table = load(tmp_path)
    assert table["kind"].tolist() == ["genuine", "genuine", "forged"]
    assert table["forgery"].tolist() == ["", "", "skilled"]


def test_a_word_in_the_pattern_or_a_kind_that_is_asked_for_knows_better_than_one_in_the_path(
    tmp_path,
):
    fill(tmp_path / "cedar", "fake/full_org/original_fake_1.png")
    assert load(tmp_path / "cedar")["kind"].tolist() == ["genuine"]
    fill(tmp_path / "forgeries", "genuine/a/forged_1.png")
    table = load(tmp_path / "forgeries", "{kind}/{writer}/forged_{sample}.png")
    assert table["kind"].tolist() == ["genuine"]
    fill(tmp_path / "digits", "001_01.png", "reforged/001_02.png")
    assert set(load(tmp_path / "digits")["kind"]) == {"genuine"}  # a part of a word is none


def test_images_that_fit_no_pattern_are_counted_said_once_and_kept_with_the_table(tmp_path):
    fill(tmp_path, "genuine/001_01.png", "forged/001_f2.png", "forged/001_f10.PNG", "Readme.txt")
    fill(tmp_path, "scans/page.pdf")
    with pytest.warns(UserWarning, match="left out") as said:
        table = load(tmp_path)
    assert [str(one.message) for one in said] == [
        f"{tmp_path}: left out 3 images (fits no pattern: {tmp_path}/forged/001_f2.png; "
        "give a layout that fits, or move them away)."
    ]
    assert said[0].filename == __file__
    kept = table[table["kind"] == "genuine"].reset_index(drop=True).assign(split="train")
    assert kept.attrs["left_out"] == {
        "fits no pattern": {"count": 3, "example": str(tmp_path / "forged/001_f2.png")}
    }


def test_where_nothing_is_left_out_the_table_says_so(tmp_path):
    assert load(fill_ours(tmp_path / "ours")).attrs["left_out"] == {}
    fill(tmp_path / "cedar", "full_org/original_1_1.png", "Readme.txt", "full_org/Thumbs.db")
    assert load(tmp_path / "cedar").attrs["left_out"] == {}


@pytest.mark.parametrize("name", ["original_1_1 (1).png", "original_1_1 - Copy.png"])
def test_a_copy_of_a_writers_image_is_left_out_and_said(tmp_path, name):
    original, copy = (tmp_path / "full_org" / one for one in ("original_1_1.png", name))
    fill(tmp_path, "full_org/original_1_1.png", "full_org/original_1_2.png")
    copy.write_bytes(original.read_bytes())
    with pytest.warns(UserWarning, match="left out 1 image .*; delete the copies") as said:
        table = load(tmp_path)
    assert f"{copy} of {original}" in str(said[0].message)
    assert table["sample"].tolist() == ["1", "2"]
    assert table.index.tolist() == [0, 1]
    assert table.attrs["left_out"]["copy of another"]["count"] == 1


def test_linked_folders_are_read(tmp_path):
    fill(tmp_path, "elsewhere/b/genuine/1.png", "corpus/a/genuine/1.png")
    (tmp_path / "corpus/b").symlink_to(tmp_path / "elsewhere/b")
    assert set(load(tmp_path / "corpus", "{writer}/{kind}/{sample}.png")["writer"]) == {"a", "b"}


def test_links_in_a_circle_and_links_to_nothing_are_refused(tmp_path):
    fill(tmp_path, "a/genuine/1.png")
    (tmp_path / "a/again").symlink_to(tmp_path)
    assert "again: is a link to a folder that it lies in; remove" in refused(tmp_path)
    (tmp_path / "a/again").unlink()
    (tmp_path / "a/genuine/2.png").symlink_to(tmp_path / "nowhere.png")
    assert "2.png: is a link to nothing; mend it, or remove it." in refused(tmp_path)


def test_a_file_that_cannot_be_read_is_named(tmp_path, monkeypatch):
    fill(tmp_path, "full_org/original_1_1.png", "full_org/original_1_2.png")  # of one size

    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("deepsign_helpers.files.checksum", refuse)
    assert "original_1_1.png: cannot be read (Permission denied); may" in refused(tmp_path)


def test_a_line_break_in_a_name_does_not_break_the_sentence(tmp_path):
    fill(tmp_path, "a/genuine/1.png", "a/simu\nlated/1.png")
    message = refused(tmp_path, layout="{writer}/{kind}/{sample}.png")
    assert "simu�lated/1.png" in message


# What is known of licensed corpora


def test_there_is_a_tree_for_each_named_layout():
    assert set(TREES) == set(NAMED_LAYOUTS)


@pytest.mark.parametrize("name", TREES)
def test_each_named_layout_is_recognised_alone_and_counted(tmp_path, name):
    paths, genuine, forged = TREES[name]
    table = load(fill(tmp_path, *paths))
    assert table.attrs["layout"] == name
    assert table.attrs["left_out"] == {}
    assert table["kind"].value_counts().to_dict() == {"genuine": genuine, "forged": forged}
    assert sorted(table["path"]) == sorted(str(tmp_path / path) for path in paths)
    # The names of the corpora say it in other words than the patterns do.
    assert table.groupby("writer").size().tolist() == [len(paths) / 2] * 2
    pd.testing.assert_frame_equal(table, load(tmp_path, name))


@pytest.mark.parametrize("name", TREES)
def test_a_named_layout_is_recognised_however_deep_it_lies(tmp_path, name):
    paths, genuine, forged = TREES[name]
    fill(tmp_path / "archive (1)" / "archive (1)", *paths)
    fill(tmp_path, "__MACOSX/archive (1)/full_org/original_1_1.png", "archive (1)/Thumbs.db")
    fill(tmp_path, ".ipynb_checkpoints/001_01.png", "archive (1)/readme.txt")
    table = load(tmp_path)
    assert table.attrs["layout"] == name
    assert len(table) == genuine + forged


@pytest.mark.parametrize(
    ("paths", "layout", "writer"),
    [
        (corpus_trees.cedar_by_writer(), "cedar", "2"),
        (corpus_trees.bhsig260("BHSig260-Bengali", digits=1), "bhsig260", "B-2"),
        (["Genuine/H-S-2-G-01.tif", "Forgery/H-S-2-F-01.tif"], "bhsig260", "H-2"),
        (corpus_trees.sign_data(), "sigcomp2011", "049"),
        (["train/genuine/c-002-01.jpg", "train/forge/cf-002-01.jpg"], "gpds", "002"),
        (["4000/c-4000-01.jpg", "4000/cf-4000-01.jpg"], "gpds", "4000"),
        (["10000/c-10000-01.jpg", "10000/cf-10000-01.jpg"], "gpds", "10000"),
        (["0001/0001V00.BMP", "0001/0001F00.BMP"], "mcyt75", "0001"),
        (
            ["Offline/Genuine/1/NISDCC-001_001_001_6g.PNG"],
            "sigcomp2009-training",
            "001",
        ),
    ],
)
def test_common_mirrors_are_recognised(tmp_path, paths, layout, writer):
    table = load(fill(tmp_path, *paths))
    assert table.attrs["layout"] == layout
    assert table["writer"].iloc[-1] == writer
    assert len(table) == len(paths)


def test_utsig_tells_its_forgeries_apart_and_the_opposite_hand_is_a_disguise(tmp_path):
    table = load(fill(tmp_path, *corpus_trees.utsig(writers=1)))
    assert table["forgery"].value_counts().to_dict() == {
        "": 27,
        "simple": 36,
        "skilled": 6,
        "disguised": 3,
    }
    assert len(tables.without_disguised(table)) == 69
    assert "simple-36" in set(table["sample"])


def test_a_layout_of_ones_own_may_tell_kinds_of_forgery_apart(tmp_path):
    fill(tmp_path, "G/ann_1.png", "S/ann_1.png", "T/ann_1.png")
    layout = {
        "genuine": "G/{writer}_{sample}.png",
        "skilled": "S/{writer}_{sample}.png",
        "traced": "T/{writer}_{sample}.png",
    }
    by_folder = load(tmp_path, layout)
    kinds = {"genuine": "g", "skilled": "s", "traced": "t"}
    by_word = load(tmp_path, "{kind}/{writer}_{sample}.png", kinds=kinds)
    assert by_folder.attrs.pop("layout") == by_word.attrs.pop("layout") == "pattern"
    pd.testing.assert_frame_equal(by_folder, by_word)
    assert by_word["forgery"].tolist() == ["", "skilled", "traced"]


@pytest.mark.parametrize("name", ["sigcomp2009-training", "sigcomp2009-evaluation"])
def test_sigcomp2009_knows_the_forger_and_nobody_forges_himself(tmp_path, name):
    table = load(fill(tmp_path, *TREES[name][0]))
    assert set(table.loc[table["kind"] == "forged", "forger"]) <= {"021", "088"}
    assert set(table.loc[table["kind"] == "genuine", "forger"]) == {""}


three_digits = st.integers(1, 999).map("{:03d}".format)


@given(hand=three_digits, writer=three_digits, sample=st.integers(1, 99))
def test_a_hand_and_a_name_are_genuine_only_where_they_are_one(
    tmp_path_factory, hand, writer, sample
):
    folder = tmp_path_factory.mktemp("nfi")
    fill(folder, f"NFI-{hand}{sample:02d}{writer}.png", f"NFI-{writer}00{writer}.png")
    row = load(folder).set_index("path").loc[f"{folder}/NFI-{hand}{sample:02d}{writer}.png"]
    assert row["writer"] == writer
    assert (row["kind"] == "genuine") == (hand == writer)
    assert row["forger"] == ("" if hand == writer else hand)


@given(number=st.integers(1, 9999), sample=st.integers(1, 30), is_forged=st.booleans())
def test_any_gpds_name_comes_back_from_its_path(tmp_path_factory, number, sample, is_forged):
    folder = tmp_path_factory.mktemp("gpds")
    kind = "cf" if is_forged else "c"
    fill(folder, f"{number:03d}/{kind}-{number:03d}-{sample:02d}.jpg")
    fill(folder, f"{number:03d}/c-{number:03d}-00.jpg")
    row = load(folder).iloc[-1]
    assert row[["writer", "sample"]].tolist() == [f"{number:03d}", f"{sample:02d}"]
    assert row["kind"] == ("forged" if is_forged else "genuine")


def test_the_kaggle_copy_that_tests_on_what_it_trains_on_is_read_once_and_said(tmp_path):
    paths = corpus_trees.sign_data("train")
    fill(tmp_path, *paths)
    for path in paths:
        copy = tmp_path / path.replace("train", "test", 1)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes((tmp_path / path).read_bytes())
    with pytest.warns(
        UserWarning, match=r"left out 4 images \(copy of another: .*train.* of .*test"
    ):
        table = load(tmp_path)
    assert len(table) == 4


def test_a_few_files_called_like_another_corpuss_are_left_out_and_said(tmp_path):
    fill(tmp_path, *corpus_trees.cedar(writers=5), "extra/001_01.png")
    with pytest.warns(UserWarning, match="left out 1 image .*extra/001_01.png"):
        assert load(tmp_path).attrs["layout"] == "cedar"


def test_layouts_that_say_the_same_of_all_files_do_not_contradict_each_other(tmp_path):
    fill(tmp_path, "049/01_049.png", "049/02_049.png")  # sigcomp2011 and sigwicomp2013
    assert load(tmp_path).attrs["layout"] == "sigcomp2011"


words = st.text(st.characters(categories=["L", "Nd"]), min_size=1, max_size=8)

pieces = st.sampled_from(
    [
        "{writer}",
        "{kind}",
        "{sample}",
        "{sample:1-2}",
        "{writer:3}",
        "{",
        "}",
        "*",
        ".*",
        "/",
        "(",
        "a",
    ]
)


@given(st.lists(pieces, max_size=8).map("".join) | st.text(max_size=12))
def test_any_text_for_a_layout_is_read_or_refused_in_a_sentence(tmp_path_factory, layout):
    folder = tmp_path_factory.mktemp("corpus")
    fill(folder, "001/genuine/01.png", "a/genuine/1.png")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            table = load(folder, layout)
        except CorpusError as error:
            assert str(error).endswith(".") and "\n" not in str(error)
        else:
            left_out = table.attrs["left_out"].get("fits no pattern", {"count": 0})
            assert len(table) + left_out["count"] == 2


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
    assert str(caught.value).endswith((".", "?")) and "\n" not in str(caught.value)
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
    with pytest.warns(UserWarning, match="001/001_01.png"):
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
        ({}, 'the keys "genuine" and "forged"'),
        (None, 'the keys "genuine" and "forged"'),
        (5, 'the keys "genuine" and "forged"'),
        ({"genuine": 5}, "the patterns of a kind are a text or a list"),
        ({"genuine": [None]}, "a pattern is a text"),
        ("{writer:3-1}/{kind}/{sample}.png", "{writer:3-1} says no number of digits, as {writer:3"),
        ("{writer:}/{kind}/{sample}.png", "{writer:} says no number of digits"),
        ("{writer:x}/{kind}/{sample}.png", "{writer:x} says no number of digits"),
        ("{writer:0}/{kind}/{sample}.png", "{writer:0} says no number of digits"),
        ("{writer:99999999999}/{kind}/{sample}.png", "says no number of digits"),
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
    for kinds in ({"genuine": 1, "forged": 2}, ["genuine"]):
        assert "the values what paths say" in refused(
            tmp_path, layout="{writer}/{kind}/{sample}.png", kinds=kinds
        )
    assert "one word stands for both; tell them apart" in refused(
        tmp_path,
        layout="{writer}/{kind}/{sample}.png",
        kinds={"genuine": "org", "forged": "ORG"},
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


def test_a_manifest_that_lists_an_image_twice_is_refused(tmp_path):
    manifest = fill_ours(tmp_path) / "manifest.csv"
    lines = manifest.read_text().splitlines()
    manifest.write_text("\n".join([*lines, lines[-1]]))
    assert "lists images/w1/forged_01.png twice; generate" in refused(tmp_path)


@pytest.mark.parametrize("ending", ["png", "PNG", "jpg", "tif", "pdf"])
def test_an_image_that_the_manifest_does_not_list_is_noticed_whatever_its_ending(tmp_path, ending):
    fill(fill_ours(tmp_path), f"images/w0/genuine_02.{ending}")
    message = refused(tmp_path)
    assert f"it lacks 1 images, such as images/w0/genuine_02.{ending}; generate" in message


def test_no_flipped_bit_in_a_described_manifest_goes_unnoticed(tmp_path):
    manifest = fill_ours(tmp_path, writers=1, samples=1) / "manifest.csv"
    facts = tmp_path / "corpus.json"
    checksum = hashlib.sha256(manifest.read_bytes()).hexdigest()
    facts.write_text(json.dumps({"manifest": checksum}), encoding="utf-8")
    assert len(load(tmp_path)) == 2
    for file in (manifest, facts):
        whole = file.read_bytes()
        for position in range(8 * len(whole)):
            flipped = bytearray(whole)
            flipped[position // 8] ^= 1 << position % 8
            file.write_bytes(flipped)
            assert "generate the corpus again" in refused(tmp_path)
        file.write_bytes(whole)


@pytest.mark.parametrize("text", ["", "[]", "{}", "3", "\xff"])
def test_a_damaged_description_of_a_manifest_is_refused(tmp_path, text):
    (fill_ours(tmp_path) / "corpus.json").write_bytes(text.encode("latin-1"))
    assert "corpus.json: is damaged; generate the corpus again" in refused(tmp_path)


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


# Ten trees that are no corpus, and the sentence that each gets


def test_an_empty_folder_is_called_so(tmp_path):
    assert "holds no image; is it the right folder, and was the corpus copied" in refused(tmp_path)
    fill(tmp_path, "Readme.txt", "__MACOSX/full_org/original_1_1.png")
    assert "holds no image" in refused(tmp_path)
    assert "holds no image" in refused(tmp_path, layout="cedar")


def test_a_folder_of_forgeries_only_is_refused_by_its_first_writer(tmp_path):
    fill(tmp_path, *(path for path in corpus_trees.cedar() if "forg" in path))
    assert "writer 1: has no genuine signature to compare with (writers like this: 2)" in refused(
        tmp_path
    )


def test_folders_that_bear_each_others_name_are_noticed(tmp_path):
    fill(tmp_path, "full_forg/original_1_1.png", "full_org/forgeries_1_1.png")
    message = refused(tmp_path)
    assert "full_forg/original_1_1.png: the folder says forged, the name says genuine" in message
    assert "were two folders given each other's name?" in message


@pytest.mark.parametrize("ending", ["zip", "RAR", "7z", "tar.gz"])
def test_a_corpus_that_is_still_packed_is_to_be_unpacked(tmp_path, ending):
    fill(tmp_path, f"signatures.{ending}", "Readme.txt")
    message = refused(tmp_path)
    assert f"holds no image, but an archive (signatures.{ending}); unpack it there." in message
    fill(tmp_path, "signatures/preview.png")
    assert f"is not unpacked in full (signatures.{ending})" in refused(tmp_path)


def test_a_corpus_that_lies_twice_in_one_folder_counts_once_or_is_refused(tmp_path):
    fill(tmp_path, *corpus_trees.cedar(), *(f"again/{path}" for path in corpus_trees.cedar()))
    assert "both are genuine sample 1 of writer 1; load each collection" in refused(tmp_path)


@pytest.mark.parametrize("ending", ["gif", "webp", "jp2", "PDF"])
def test_images_of_unknown_formats_are_to_be_saved_otherwise(tmp_path, ending):
    fill(tmp_path, f"full_org/original_1_1.{ending}", f"full_org/original_1_2.{ending}")
    message = refused(tmp_path)
    assert f"none of its 2 images can be read (original_1_1.{ending}); save them as PNG" in message


@pytest.mark.parametrize(
    ("one", "other"), [("cedar", "bhsig260"), ("utsig", "mcyt75"), ("gpds", "sigcomp2011")]
)
def test_two_corpora_in_one_folder_are_told_to_part(tmp_path, one, other):
    paths = TREES[one][0]
    fill(tmp_path, *paths[:10], *paths[-10:], *TREES[other][0])
    message = refused(tmp_path)
    assert "fits the layouts " in message
    assert one in message and other in message
    assert "or load each corpus from its own folder." in message


def test_names_in_any_script_are_repeated_in_the_sentence(tmp_path):
    fill(tmp_path, "签名/émile/подпись.png")
    message = refused(tmp_path / "签名")
    assert "签名: holds no manifest.csv and fits no known layout" in message


def test_a_file_in_place_of_a_folder_is_called_so(tmp_path):
    fill(tmp_path, "signatures.rar", "original_1_1.png")
    assert "signatures.rar: is a file, and no folder; unpack it, and give the folder" in refused(
        tmp_path / "signatures.rar"
    )
    assert "is a file, and no folder; give the folder that it lies in." in refused(
        tmp_path / "original_1_1.png"
    )


def test_a_layout_that_does_not_fit_is_told_which_does(tmp_path):
    fill(tmp_path, *corpus_trees.cedar())
    message = refused(tmp_path, layout="mcyt75")
    assert "no file fits the layout 'mcyt75'; its files are called as in 'cedar', so ask" in message


@pytest.mark.parametrize("name", UNPUBLISHED)
def test_a_corpus_whose_naming_is_not_published_asks_for_more_than_a_name(tmp_path, name):
    fill(tmp_path, "a/genuine/1.png")
    message = refused(tmp_path, layout=name)
    assert message.startswith(f"layout '{name}': ")
    assert 'layout="{writer}/{kind}/{sample}.png"' in message or "from its own folder" in message


def test_idcar_is_read_by_the_pattern_that_its_holder_gives(tmp_path):
    fill(tmp_path, "IDCAR/017/org/3.tif", "IDCAR/017/forg/3.tif")
    pattern = "{writer}/{kind}/{sample}.tif"
    table = load(tmp_path, pattern, kinds={"genuine": "org", "forged": "forg"})
    assert read_back(table) == [("017", "genuine", "3"), ("017", "forged", "3")]
