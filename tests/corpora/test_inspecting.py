"""An inspection: what fires on a corpus spoiled on purpose, stays quiet on others, and says so."""

import json

import cv2
import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from deepsign_helpers import corpora, pairing, synthesis
from deepsign_helpers.corpora import giveaways, inspecting, looking, wording
from deepsign_helpers.preprocessing import prepare, read_gray


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    """Return the table of a generated corpus, small and clean."""
    return synthesis.write_corpus(
        tmp_path_factory.mktemp("clean"), writers=10, genuine=3, forged=3, seed=5
    )


@pytest.fixture(scope="module")
def findings(clean):
    return corpora.inspect(clean)


def on_grey_paper(gray):
    return (0.92 * gray).astype(np.uint8)


def at_another_resolution(gray):
    return cv2.resize(gray, None, fx=0.8, fy=0.8, interpolation=cv2.INTER_AREA)


def under_a_brighter_lamp(gray):
    return (105 + gray * (150 / 255)).astype(np.uint8)


def spoiled(table, folder, change, ending=".png"):
    """Return the table of a corpus whose forgeries were scanned otherwise, all saved anew."""
    paths = []
    for number, row in enumerate(table.itertuples()):
        gray = read_gray(row.path)
        is_forged = row.kind == "forged"
        path = str(folder / f"{number}{ending if is_forged else '.png'}")
        options = [cv2.IMWRITE_JPEG_QUALITY, 60] if path.endswith(".jpg") else []
        cv2.imwrite(path, change(gray) if is_forged else gray, options)
        paths.append(path)
    return table.assign(path=paths)


# What fires


@pytest.mark.parametrize(
    ("change", "ending", "figure"),
    [
        (on_grey_paper, ".png", "median_background"),
        (at_another_resolution, ".png", "height"),
        (lambda gray: gray, ".jpg", "paper_noise"),
    ],
)
def test_another_scanner_for_forgeries_fires_is_named_and_cured_by_prepare(
    clean, tmp_path, change, ending, figure
):
    found = corpora.inspect(spoiled(clean, tmp_path, change, ending))
    area = found.giveaways.loc[figure]
    assert area["scan"] == area["scan_low"] == 1
    assert area["scan_eer"] == 0
    assert area["scan_says"] == "fires"
    assert area["prepared_says"] == "quiet"
    together = found.giveaways.loc["paper and scanner"]
    assert together["scan_says"] == "fires" and together["prepared_says"] == "quiet"
    assert found.verdict.startswith("the scanner tells forged from genuine")
    assert "AUC of 1.00, which is an EER of 0 %" in found.verdict
    assert "shows that signatures were compared" in found.verdict
    files = found.giveaways.loc["compression"]
    assert (files["scan"] == 1) == (ending == ".jpg")
    assert ("Files of the two kinds were saved differently" in str(found)) == (
        files["scan_says"] == "fires"
    )
    assert f"({figure}; genuine" in found.sentences[0] and "Cure: " in found.sentences[0]
    [after] = [sentence for sentence in found.sentences if sentence.startswith("After prepare")]
    assert "fall from" in after and "train and test on prepared images" in after


def test_a_brighter_lamp_is_seen_in_the_ink_and_the_scanner_is_not_accused_for_sure(
    clean, tmp_path
):
    found = corpora.inspect(spoiled(clean, tmp_path, under_a_brighter_lamp))
    assert found.giveaways.loc["ink_level", "scan_says"] == "fires"
    assert found.giveaways.loc["ink_level", "scan"] > 0.9
    assert found.giveaways.loc["ink_level", "prepared_says"] != "fires"
    assert found.verdict.startswith("the ink tells forged from genuine")
    assert "a lamp, a lens, a pen or a slow hand may be" in found.verdict


def test_forgeries_out_of_focus_are_seen_at_the_edges_of_the_ink(clean, tmp_path):
    found = corpora.inspect(
        spoiled(clean, tmp_path, lambda gray: cv2.GaussianBlur(gray, (0, 0), 2))
    )
    assert found.giveaways.loc["edge_width", "scan_says"] == "fires"
    assert found.giveaways.loc["edge_width", "scan"] > 0.9
    assert "(edge_width; genuine" in str(found)
    assert "compare lamps, focus and resolution first" in str(found)


@pytest.mark.parametrize(
    ("figure", "begins"),
    [
        ("paper_noise", "the scanner tells"),
        ("ink_deviation", "the ink tells"),
        ("edge_width", "the ink tells"),
        ("aspect", "clean: "),
        ("stroke_width", "clean: "),
        ("ink_area", "clean: "),
    ],
)
def test_the_shape_that_a_hand_gives_a_signature_accuses_no_scanner(figure, begins):
    rng = np.random.default_rng(0)
    names = {"writer": np.repeat(np.arange(20), 10), "kind": ["genuine", "forged"] * 100}
    figures = pd.DataFrame(names | {name: rng.normal(size=200) for name in looking.FIGURES})
    for name in looking.SCANNER_FIGURES:
        figures[name] = 1.0
    figures[figure] = rng.normal(size=200) + 3 * (figures["kind"] == "forged")
    found = giveaways.giveaway_table(figures, figures)
    assert found.loc[figure, "scan_says"] == "fires"
    assert wording.verdict_on(found, "").startswith(begins)
    assert f"({figure}; genuine" in "\n".join(wording.sentences_on_giveaways(found, ""))


def test_a_clean_corpus_is_quiet_before_and_after(findings):
    assert findings.verdict.startswith("clean: ")
    scanner = findings.giveaways[findings.giveaways["group"] == "paper and scanner"]
    assert set(scanner["scan_says"]) == {"quiet"}
    assert not (findings.giveaways["prepared_says"] == "fires").any()
    assert findings.doubles.empty and findings.gaps.empty and findings.leaks.empty
    assert "No image stands in it twice." in findings.sentences


@pytest.mark.slow
@pytest.mark.parametrize("domain", ["clean", "office", "phone"])
@pytest.mark.parametrize(("script", "seed"), [("latin", 1), ("devanagari", 2), ("paraph", 3)])
def test_no_generated_corpus_is_accused(tmp_path, domain, script, seed):
    table = synthesis.write_corpus(
        tmp_path,
        writers=20,
        genuine=6,
        forged=6,
        seed=seed,
        size=(192, 384),
        scripts=(script,),
        domains=(domain,),
    )
    found = corpora.inspect(table)
    assert not found.verdict.startswith("the ")
    assert found.doubles.empty


# What is measured


def test_the_figures_of_a_scan_are_those_of_chapter_01(clean):
    few = clean.iloc[::12]
    figures = corpora.giveaway_figures(few)
    for row, path in few["path"].items():
        scan = looking.look_at(path).scan
        for name in figures.columns.drop(["writer", "kind"]):
            assert scan[name] == figures.loc[row, name], name


def test_what_is_measured_after_preparation_is_the_prepared_image(clean):
    path = clean["path"][3]
    look = looking.look_at(path)
    ink = prepare(path)[..., 0]
    page = np.round(255 - 255 * ink)
    assert look.prepared["mean_grey"] == pytest.approx(page.mean())
    assert look.prepared["ink_area"] == (page < 255).sum()
    assert look.prepared["ink_level"] == pytest.approx(page[page < 255].mean())
    assert (look.prepared["height"], look.prepared["width"]) == (128, 256)
    assert look.prepared["median_background"] == 255
    assert "compression" not in look.prepared


def test_grain_is_measured_away_from_ink():
    rng = np.random.default_rng(0)
    page = np.full((200, 300), 220, np.uint8)
    ink = page.copy()
    ink[90:110, 50:250] = 20
    clean_page = np.where(ink < 100, ink, 255).astype(np.uint8)
    assert looking.paper_noise(ink, clean_page) == 0
    grainy = (ink + rng.integers(-5, 6, ink.shape)).astype(np.uint8)
    # Of evenly spread grain the mean distance is 2.7; the mean of nine takes a ninth of each off.
    assert looking.paper_noise(grainy, clean_page) == pytest.approx(2.6, abs=0.3)
    assert looking.paper_noise(page, np.full_like(page, 100)) == 0


def figures_of_writers(seed, writers=9):
    """Return one figure with ties, of writers of various numbers of images, all of both kinds."""
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(writers):
        base = rng.normal(0, 2)
        for kind, count in (("genuine", rng.integers(1, 6)), ("forged", rng.integers(1, 6))):
            for _ in range(count):
                value = round(base + rng.normal() + (kind == "forged"))
                rows.append({"writer": f"w{number}", "kind": kind, "aspect": value})
    return pd.DataFrame(rows)


@pytest.mark.parametrize("seed", range(3))
def test_areas_and_intervals_agree_with_drawing_writers_one_by_one(seed):
    figures = figures_of_writers(seed)
    is_forged = (figures["kind"] == "forged").to_numpy()
    values = figures["aspect"].to_numpy(float)
    writers = figures["writer"].to_numpy()
    area = giveaways.area_by_writer(values, is_forged, writers, seed=4)

    names = np.unique(writers)
    rows_of = {name: np.flatnonzero(writers == name) for name in names}
    own = {name: roc_auc_score(is_forged[rows], values[rows]) for name, rows in rows_of.items()}
    pooled, within = [], []
    rng = np.random.default_rng(0)
    for _ in range(1500):
        drawn = rng.choice(names, len(names))
        rows = np.concatenate([rows_of[name] for name in drawn])
        pooled.append(roc_auc_score(is_forged[rows], values[rows]))
        within.append(np.mean([own[name] for name in drawn]))
    assert area.pooled == pytest.approx(roc_auc_score(is_forged, values))
    assert area.within == pytest.approx(np.mean(list(own.values())))
    ends = [area.low, area.high, area.within_low, area.within_high]
    expected = [*np.quantile(pooled, [0.025, 0.975]), *np.quantile(within, [0.025, 0.975])]
    assert ends == pytest.approx(expected, abs=0.02)


def test_regressions_on_several_figures_agree_with_chapter_01(clean, findings):
    whole, _ = inspecting.rows_with_names(clean)
    looks = looking.look_at_all(whole["path"].tolist())
    scan, _ = inspecting.figure_tables(whole, looks)
    expected = corpora.giveaway_areas(scan[["writer", "kind", *looking.HAND_FIGURES]])
    for name in looking.HAND_FIGURES:
        assert findings.giveaways.loc[name, "scan"] == pytest.approx(expected[name])
    together = findings.giveaways.loc["ink and hand", "scan"]
    assert together == pytest.approx(expected["logistic regression"], abs=1e-3)


def test_a_smaller_figure_of_forgeries_tells_as_much_as_a_larger_one():
    up = giveaways.area_by_writer(*arrays(figures_of_writers(0)))
    turned = figures_of_writers(0).assign(aspect=lambda table: -table["aspect"])
    down = giveaways.oriented(giveaways.area_by_writer(*arrays(turned)))
    assert down == pytest.approx(up, abs=0.03)  # the ends of intervals interpolate otherwise


def arrays(figures):
    is_forged = (figures["kind"] == "forged").to_numpy()
    return figures["aspect"].to_numpy(float), is_forged, figures["writer"].to_numpy()


@pytest.mark.parametrize(
    ("low", "pooled", "within_low", "of_scanner", "of_hand"),
    [
        (0.50, 0.58, 0.50, "quiet", "quiet"),
        (0.55, 0.65, 0.50, "not sure", "not sure"),
        (0.61, 0.65, 0.50, "fires", "fires"),
        (0.50, 0.58, 0.61, "fires", "quiet"),
    ],
)
def test_an_area_fires_only_where_its_interval_is_above_the_limit(
    low, pooled, within_low, of_scanner, of_hand
):
    area = giveaways.Area(pooled, low, 0.9, 0.7, within_low, 0.9)
    assert giveaways.what_it_says(area, giveaways.SCANNER) == of_scanner
    assert giveaways.what_it_says(area, giveaways.HAND) == of_hand


def test_the_equal_error_rate_is_where_as_many_are_missed_as_accused():
    rng = np.random.default_rng(0)
    is_forged = rng.random(4000) < 0.5
    decisions = rng.normal(size=4000) + 2 * is_forged
    by_threshold = [
        abs(np.mean(decisions[~is_forged] >= at) - np.mean(decisions[is_forged] < at))
        for at in decisions
    ]
    at = decisions[np.argmin(by_threshold)]
    expected = np.mean(decisions[~is_forged] >= at)
    assert giveaways.equal_error(decisions, is_forged) == pytest.approx(expected, abs=0.002)


# What else is said


def test_splits_that_share_writers_or_images_leak(clean, tmp_path):
    few = clean[clean["writer"].isin(clean["writer"].unique()[:3])]
    table = few.assign(split=np.where(few["writer"] == few["writer"].iloc[-1], "test", "train"))
    assert corpora.inspect(table).leaks.empty

    table.iloc[0, table.columns.get_loc("split")] = "test"
    copy = tmp_path / "copy.png"
    cv2.imwrite(str(copy), at_another_resolution(read_gray(few["path"].iloc[9])))
    writer = few["writer"].unique()[2]
    new = table.iloc[[-1]].assign(path=str(copy), sample="99", split="test", writer=writer)
    found = corpora.inspect(pd.concat([table, new], ignore_index=True))
    assert found.leaks["leak"].tolist() == ["writer", "image"]
    assert found.leaks["name"][0] == few["writer"].iloc[0]
    assert found.leaks["splits"].tolist() == ["test and train", "train and test"]
    assert str(copy) in found.leaks["name"][1]
    assert any("1 image in more than one split" in sentence for sentence in found.sentences)
    assert found.counts.loc["train", "writers"] == 2
    assert found.counts.loc["all", "genuine"] == (table["kind"] == "genuine").sum() + (
        new["kind"].item() == "genuine"
    )


def test_a_split_by_writer_has_no_leak(clean):
    table = pairing.split_writers(clean.drop_duplicates(["writer", "kind"]))
    assert corpora.inspect(table).leaks.empty


def test_writers_that_lack_something_are_counted_with_an_example(clean):
    first, second, third = clean["writer"].unique()[:3]
    is_gone = (clean["writer"] == first) & (clean["kind"] == "forged")
    is_gone |= (clean["writer"] == second) & (clean["kind"] == "genuine")
    is_gone |= (clean["writer"] == third) & (clean["kind"] == "genuine") & (clean["sample"] > "00")
    table = clean[~is_gone & clean["writer"].isin([first, second, third])]
    found = corpora.inspect(table)
    gaps = found.gaps.set_index("gap")["example"].to_dict()
    assert gaps == {
        "no forgery": first,
        "no genuine signature": second,
        "one genuine signature only": third,
    }
    assert f"1 writer with no forgery, such as {first}: only random forgeries" in str(found)


def test_genuine_signatures_alone_and_too_few_writers_are_not_judged(clean):
    few = clean[clean["writer"].isin(clean["writer"].unique()[:4])]
    genuine = corpora.inspect(few[few["kind"] == "genuine"])
    assert genuine.verdict.startswith("not judged: all signatures are genuine")
    assert genuine.giveaways.empty
    four = corpora.inspect(few.drop_duplicates(["writer", "kind"]))
    assert "4 writers have both genuine and forged signatures" in four.verdict
    assert "was not measured: 4 writers" in four.sentences[0]


def test_rows_without_names_and_images_without_ink_are_left_out_and_said(clean, tmp_path):
    table = clean.head(6).reset_index(drop=True)
    blank = tmp_path / "blank.png"
    cv2.imwrite(str(blank), np.full((100, 200), 255, np.uint8))
    (tmp_path / "text.png").write_text("nothing")
    table.loc[0, "path"] = str(blank)
    table.loc[1, "path"] = str(tmp_path / "text.png")
    table.loc[2, "path"] = str(tmp_path / "absent.png")
    table.loc[3, "writer"] = None
    table.loc[4, "kind"] = "copied"
    found = corpora.inspect(table)
    said = "\n".join(found.sentences)
    assert "2 rows lack path, writer or a known kind" in said
    assert "3 images were left out of the giveaways" in said
    assert "3 unusable images" in said
    assert found.counts.loc["all"].tolist() == [1, 3, 1]
    with pytest.raises(corpora.CorpusError, match="no row has path, writer and kind"):
        corpora.inspect(table.iloc[[3, 4]])
    with pytest.raises(corpora.CorpusError, match="has no column 'writer'"):
        corpora.inspect(table.drop(columns="writer"))


def test_disguised_signatures_are_no_forgeries_that_a_scanner_tells(clean):
    few = clean[clean["writer"].isin(clean["writer"].unique()[:2])]
    whole, _ = inspecting.rows_with_names(few)
    looks = looking.look_at_all(whole["path"].tolist())
    is_first = (whole["writer"] == whole["writer"][0]) & (whole["kind"] == "forged")
    disguised = whole.assign(forgery=whole["forgery"].mask(is_first, "disguised"))
    scan, prepared = inspecting.figure_tables(disguised, looks)
    assert scan["writer"].unique().tolist() == [few["writer"].unique()[1]]
    assert scan.index.equals(prepared.index)


def test_findings_are_text_and_numbers_for_a_machine_and_a_page_for_a_person(findings):
    content = json.loads(json.dumps(findings.to_dict(), allow_nan=False))
    assert content["verdict"] == findings.verdict
    assert content["sentences"] == list(findings.sentences)
    by_name = {row["figure"]: row for row in content["giveaways"]}
    assert by_name["aspect"]["scan"] == findings.giveaways.loc["aspect", "scan"]
    assert by_name["compression"]["prepared"] is None
    assert str(findings).startswith(findings.verdict)
    for sentence in findings.sentences:
        assert f"- {sentence}" in str(findings)


def test_two_processes_find_what_one_finds(clean):
    few = clean[clean["writer"].isin(clean["writer"].unique()[:6])]
    with joblib.parallel_config(n_jobs=2):
        two = corpora.inspect(few)
    pd.testing.assert_frame_equal(two.giveaways, corpora.inspect(few).giveaways)
