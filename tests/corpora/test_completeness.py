"""A copy of a corpus is counted, compared with what is published, and its defects are named."""

import shutil
import warnings

import corpus_trees
import pytest
from corpus_trees import fill, fill_images
from hypothesis import given, settings
from hypothesis import strategies as st

from deepsign_helpers.corpora import completeness, load


def found(folder, layout="auto"):
    """Return what is found of a folder: from what it is about to the sentences."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        table = load(folder, layout)
    findings = completeness(table)
    assert findings["is_defect"].is_monotonic_decreasing
    for sentence in findings["said"]:
        assert sentence.endswith((".", "?")) and "\n" not in sentence
    return findings


def said(findings, about):
    return findings.loc[findings["about"] == about, "said"].tolist()


@pytest.fixture(scope="module")
def whole_cedar(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    return fill_images(folder, *corpus_trees.cedar(writers=55, samples=24))


@pytest.fixture
def cedar(whole_cedar, tmp_path):
    return shutil.copytree(whole_cedar, tmp_path / "cedar")


def test_a_whole_copy_has_no_defect_and_names_its_source(whole_cedar):
    findings = found(whole_cedar)
    assert not findings["is_defect"].any()
    assert said(findings, "counts") == [
        "55 writers: 1,320 genuine signatures, 1,320 skilled forgeries."
    ]
    assert said(findings, "published") == [
        "CEDAR: complete, as published (Kalera et al. 2004, doi:10.1142/S0218001404003630)."
    ]
    assert said(findings, "files") == ["2,640 images are PNG of 8 bits (grey)."]
    assert said(findings, "sizes") == ["all are 24 × 40 px."]


def test_missing_writers_are_counted_and_the_first_is_named(cedar):
    for writer in (7, 12):
        for path in cedar.rglob(f"*_{writer}_*.png"):
            path.unlink()
    findings = found(cedar)
    assert said(findings, "writers") == [
        "CEDAR: 2 of 55 writers missing, such as 7; "
        "is this a part of it, or was it not copied in full?"
    ]
    assert findings.loc[0, ["count", "example", "is_defect"]].tolist() == [2, "7", True]
    assert not said(findings, "published")


def test_writers_without_a_number_are_counted_too(tmp_path):
    fill_images(tmp_path, "full_org/original_ann_1.png", "full_org/original_1_1.png")
    assert "CEDAR: 53 of 55 writers missing, such as 2;" in said(found(tmp_path), "writers")[0]


def test_a_writer_too_many_makes_one_ask_for_another_corpus(cedar):
    fill_images(cedar, "full_org/original_56_1.png")
    findings = found(cedar)
    (sentence,) = said(findings, "writers")
    assert "56 writers, but 55 are published; is another corpus among them?" in sentence


def test_missing_and_superfluous_signatures_are_named_by_writer_and_kind(cedar):
    for name in ("original_3_1", "original_3_2", "original_10_24"):
        next(cedar.rglob(f"{name}.png")).unlink()
    fill_images(cedar, "signatures/full_forg/forgeries_5_25.png")
    assert said(found(cedar), "signatures") == [
        "CEDAR: writer 3 has 22 genuine signatures, 24 published (writers like this: 2); "
        "copy the corpus again.",
        "CEDAR: writer 5 has 25 skilled forgeries, 24 published (writers like this: 1); "
        "is another corpus among them?",
    ]


def test_each_script_of_bhsig260_is_compared_with_its_own_publication(tmp_path):
    fill_images(tmp_path, *corpus_trees.bhsig260("Bengali", 2, 24, 30))
    fill_images(tmp_path, *corpus_trees.bhsig260("Hindi", 1, 24, 30))
    first, second = said(found(tmp_path), "writers")
    assert "BHSig260 Bengali: 98 of 100 writers missing, such as 3;" in first
    assert "BHSig260 Hindi: 159 of 160 writers missing, such as 2;" in second


def test_utsig_counts_each_kind_of_forgery(tmp_path):
    fill_images(tmp_path, *corpus_trees.utsig(writers=1))
    (tmp_path / "UTSig/Forgery/Opposite Hand/1/3.tif").unlink()
    findings = found(tmp_path)
    assert said(findings, "counts") == [
        "1 writer: 27 genuine signatures, 2 disguised signatures, 36 simple forgeries, "
        "6 skilled forgeries."
    ]
    assert said(findings, "signatures") == [
        "UTSig: writer 1 has 2 disguised signatures, 3 published (writers like this: 1); "
        "copy the corpus again."
    ]


def test_where_only_a_total_is_published_that_is_compared(tmp_path):
    fill_images(tmp_path, *corpus_trees.sigcomp2011())
    (sentence,) = said(found(tmp_path), "signatures")
    assert "8 images, but 362 are published" in sentence


def test_files_that_bear_another_writers_number_are_named_and_the_folder_counts(tmp_path):
    fill_images(tmp_path, "Hindi/123/H-S-124-G-01.tif", "Hindi/123/H-S-124-F-01.tif")
    fill_images(tmp_path, "Hindi/124/H-S-124-G-01.tif", "Hindi/007/H-S-7-G-01.tif")
    findings = found(tmp_path)
    (sentence,) = said(findings, "labels")
    assert sentence.startswith("2 files are numbered otherwise than the folder, such as ")
    assert "the folder counts, for BHSig260 is known for this in its Hindi folder 123." in sentence


def test_a_gpds_file_in_another_writers_folder_is_named_and_its_name_counts(tmp_path):
    fill_images(tmp_path, "002/c-001-01.jpg", "001/c-001-02.jpg")
    (sentence,) = said(found(tmp_path), "labels")
    assert "1 file is numbered" in sentence and "the name counts" in sentence


def test_binarised_tiffs_and_colour_are_said_in_words(tmp_path):
    fill_images(tmp_path / "one", "001/B-S-1-G-01.tif", "001/B-S-1-F-01.tif", mode="1")
    assert said(found(tmp_path / "one"), "files") == [
        "2 images are TIFF of 1 bit (black and white, no grey)."
    ]
    fill_images(tmp_path / "three", "001_01.png", "0119001_01.png", mode="RGB")
    assert said(found(tmp_path / "three"), "files") == ["2 images are PNG of 3 × 8 bits (colour)."]


def test_a_kind_of_file_that_tells_genuine_from_forged_gives_the_answer_away(tmp_path):
    fill_images(tmp_path, "full_org/original_1_1.png", "full_org/original_1_2.png", mode="1")
    fill_images(tmp_path, "full_forg/forgeries_1_1.png")
    defects = found(tmp_path).query("is_defect and about == 'files'")
    assert defects["said"].tolist() == [
        "100% of the genuine but 0% of the forged are PNG of 1 bit (black and white, no grey): "
        "the kind of file gives the answer away; convert all alike."
    ]


def test_a_mixture_among_both_kinds_alike_is_still_a_defect(tmp_path):
    fill_images(tmp_path, "full_org/original_1_1.png", "full_forg/forgeries_1_1.png")
    fill_images(tmp_path, "full_org/original_1_2.jpg", "full_forg/forgeries_1_2.jpg")
    defects = found(tmp_path).query("is_defect and about == 'files'")
    assert defects["said"].tolist() == [
        "the files are a mixture of JPEG of 8 bits (grey) and PNG of 8 bits (grey); "
        "convert all alike."
    ]


@settings(max_examples=25, deadline=None)
@given(
    genuine=st.lists(st.sampled_from(["1", "L", "RGB"]), min_size=1, max_size=8),
    forged=st.lists(st.sampled_from(["1", "L", "RGB"]), min_size=1, max_size=8),
)
def test_an_answer_is_given_away_where_a_tenth_of_the_files_differ(
    tmp_path_factory, genuine, forged
):
    folder = tmp_path_factory.mktemp("mixture")
    for number, mode in enumerate(genuine):
        fill_images(folder, f"full_org/original_1_{number}.png", mode=mode)
    for number, mode in enumerate(forged):
        fill_images(folder, f"full_forg/forgeries_1_{number}.png", mode=mode)
    furthest = max(
        abs(genuine.count(mode) / len(genuine) - forged.count(mode) / len(forged))
        for mode in ("1", "L", "RGB")
    )
    sentences = " ".join(found(folder)["said"])
    assert ("gives the answer away" in sentences) == (furthest > 0.1)


def test_files_that_are_no_images_are_defects(tmp_path):
    fill_images(tmp_path, "full_org/original_1_1.png")
    fill(tmp_path, "full_org/original_1_2.png")
    defects = found(tmp_path).query("is_defect and about == 'files'")
    (sentence,) = defects["said"]
    assert sentence.startswith("1 image is damaged or no image, such as ")
    assert sentence.endswith("original_1_2.png; copy or scan again.")


def test_sizes_are_said_from_the_smallest_to_the_largest(tmp_path):
    fill_images(tmp_path, "full_org/original_1_1.png", size=(20, 90))
    fill_images(tmp_path, "full_org/original_1_2.png", size=(30, 50))
    assert said(found(tmp_path), "sizes") == ["they are 20 to 30 px high and 50 to 90 px wide."]


def test_what_was_left_out_is_repeated_and_leftovers_are_no_defect(tmp_path):
    fill_images(tmp_path, *corpus_trees.cedar(), "scan.png")
    fill(tmp_path, "signatures/Thumbs.db", "signatures/full_org/.DS_Store", "signatures/._x.png")
    fill(tmp_path, "__MACOSX/signatures/._x.png", "a/.ipynb_checkpoints/scan-checkpoint.png")
    findings = found(tmp_path)
    (sentence,) = said(findings, "left out")
    assert sentence == (f"1 image is not in the table (fits no pattern: {tmp_path / 'scan.png'}).")
    assert said(findings, "leftovers") == [
        "5 leftovers of other programs passed over "
        "(.DS_Store 1, ._… 1, .ipynb_checkpoints 1, Thumbs.db 1, __MACOSX 1)."
    ]
    assert findings.set_index("about").loc["left out", "is_defect"]
    assert not findings.set_index("about").loc["leftovers", "is_defect"]


def test_a_corpus_of_ones_own_is_counted_but_compared_with_nothing(tmp_path):
    fill_images(tmp_path, "a/genuine/1.png", "a/forged/1.png")
    findings = found(tmp_path, "{writer}/{kind}/{sample}.png")
    assert findings["about"].tolist() == ["counts", "files", "sizes"]


def test_a_table_from_elsewhere_is_counted_too(tmp_path):
    table = load(fill_images(tmp_path, *corpus_trees.cedar()))
    table.attrs.clear()
    assert set(completeness(table)["about"]) == {"counts", "files", "sizes"}
