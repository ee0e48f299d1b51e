"""Figures of one image alone: what they measure, and how well they tell forged from genuine."""

import cv2
import joblib
import numpy as np
import pandas as pd
import pytest
from drawings import draw
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from scipy.optimize import minimize
from sklearn.model_selection import GroupKFold

from deepsign_helpers import corpora, runtime
from deepsign_helpers.corpora import giveaway_areas, giveaway_figures, shape_figures
from deepsign_helpers.preprocessing import ImageError

# The five figures of a shape


def test_the_five_figures_of_a_bar_and_a_square_are_known():
    page = np.full((300, 900), 255, np.uint8)
    page[100:109, 50:450] = 0  # nine pixels thick: the ridge is five deep
    page[160:169, 441:450] = 0
    page[10:13, 10:14] = 0  # twelve pixels: dropped
    figures = shape_figures(page)
    area, height, width = 400 * 9 + 81, 69, 400
    assert figures["aspect"] == pytest.approx(width / height, rel=0.01)
    assert figures["ink_coverage"] == pytest.approx(area / (width * height), rel=0.01)
    assert figures["stroke_width"] == pytest.approx(10 / height, rel=0.01)
    assert figures["ink_length"] == pytest.approx(area / 10 / np.hypot(height, width), rel=0.01)
    assert figures["components"] == 2


@settings(deadline=None, max_examples=15)
@given(st.integers(3, 8), st.floats(0, 6))
def test_the_figures_do_not_depend_on_how_large_the_scan_is(loops, phase):
    large = draw(1000, 2000, loops, phase, thickness=20)
    half = cv2.resize(large, (1000, 500), interpolation=cv2.INTER_AREA)
    for name, value in shape_figures(large).items():
        assert shape_figures(half)[name] == pytest.approx(value, rel=0.02), name


def test_a_blank_page_has_no_figures():
    with pytest.raises(ImageError, match=r"^image: no ink found"):
        shape_figures(np.full((100, 100), 255, np.uint8))
    with pytest.raises(ImageError, match=r"^scan_07\.tif: no ink found"):
        shape_figures(np.full((100, 100), 255, np.uint8), name="scan_07.tif")


# The six figures that should not tell


def test_the_figures_of_a_bar_on_grey_paper_are_known(tmp_path):
    page = np.full((300, 600), 200, np.uint8)
    page[100:110, 50:450] = 100
    Image.fromarray(page).save(tmp_path / "bar.png")
    table = pd.DataFrame(
        {"path": [str(tmp_path / "bar.png")], "writer": "w", "kind": "forged"}, index=[7]
    )
    figures = giveaway_figures(table).loc[7]
    assert figures["writer"] == "w" and figures["kind"] == "forged"
    assert figures["median_background"] == 200
    assert figures["mean_grey"] == pytest.approx(200 - 100 * 4000 / 180_000)
    assert figures["ink_level"] == pytest.approx(255 * 100 / 200, abs=8)  # with a softened edge
    assert figures["ink_area"] == pytest.approx(4000, rel=0.25)
    assert figures["stroke_width"] == pytest.approx(1, abs=0.15)


def test_figures_come_in_the_order_of_the_table_from_one_process_or_two():
    table = corpora.load(runtime.data_folder()).iloc[[40, 3, 17, 29]]
    figures = giveaway_figures(table)
    assert figures.index.tolist() == [40, 3, 17, 29]
    assert figures["writer"].tolist() == table["writer"].tolist()
    pd.testing.assert_frame_equal(figures.loc[[3]], giveaway_figures(table.loc[[3]]))
    with joblib.parallel_config(n_jobs=2):
        pd.testing.assert_frame_equal(figures, giveaway_figures(table))


def test_an_image_without_figures_is_named(tmp_path):
    Image.new("L", (100, 100), 255).save(tmp_path / "blank.png")
    table = pd.DataFrame({"path": [str(tmp_path / "blank.png")], "writer": "w", "kind": "forged"})
    with pytest.raises(ImageError, match=r"blank\.png: no ink found"):
        giveaway_figures(table)


def random_figures(seed, writers=7, each=6):
    """Return two figures that are noise, with many ties, and one that gives a little away."""
    rng = np.random.default_rng(seed)
    rows = writers * each
    kind = np.where(rng.random(rows) < 0.5, "genuine", "forged")
    return pd.DataFrame(
        {
            "writer": np.repeat([f"w{number}" for number in range(writers)], each),
            "kind": kind,
            "coarse": rng.integers(0, 4, rows),
            "fine": rng.normal(size=rows),
            "telling": rng.normal(size=rows) - 0.8 * (kind == "forged"),
        }
    )


def area_by_counting(values, is_forged):
    """Count the couples in which the forged one has the larger value; of equals, one half."""
    couples = [(f, g) for f in values[is_forged] for g in values[~is_forged]]
    return np.mean([(forged > genuine) + 0.5 * (forged == genuine) for forged, genuine in couples])


def decisions_by_hand(values, is_forged):
    """Return a logistic regression with a unit penalty, fitted by a general optimiser."""

    def cost(weights, inputs, signs):
        margins = signs * (inputs @ weights[:-1] + weights[-1])
        return np.logaddexp(0, -margins).sum() + 0.5 * (weights[:-1] ** 2).sum()

    def decide(train, judged):
        mean = values[train].mean(axis=0)
        deviation = values[train].std(axis=0)
        inputs = (values[train] - mean) / deviation
        signs = np.where(is_forged[train], 1, -1)
        weights = minimize(cost, np.zeros(values.shape[1] + 1), (inputs, signs), tol=1e-10).x
        return (values[judged] - mean) / deviation @ weights[:-1] + weights[-1]

    return decide


@pytest.mark.parametrize("seed", range(3))
def test_areas_agree_with_counting_couples_and_a_regression_fitted_by_hand(seed):
    figures = random_figures(seed)
    is_forged = (figures["kind"] == "forged").to_numpy()
    areas = giveaway_areas(figures)
    names = ["coarse", "fine", "telling"]
    for name in names:
        area = area_by_counting(figures[name].to_numpy(), is_forged)
        assert areas[name] == pytest.approx(max(area, 1 - area))

    values = figures[names].to_numpy()
    decide = decisions_by_hand(values, is_forged)
    decisions = np.empty(len(figures))
    for train, judged in GroupKFold(5).split(values, groups=figures["writer"]):
        decisions[judged] = decide(train, judged)
    together = area_by_counting(decisions, is_forged)
    assert areas["logistic regression"] == pytest.approx(together, abs=5e-3)  # a couple or two
    assert list(areas.index) == [*names, "logistic regression"]


def test_what_tells_only_the_writer_does_not_count_as_telling_forgeries():
    # Whoever has a large figure is mostly forged, but by a rule that changes from writer to writer.
    rng = np.random.default_rng(0)
    writers = np.repeat(np.arange(20), 10)
    often_forged = rng.permutation(20)[writers] % 2 == 0
    is_forged = rng.random(200) < np.where(often_forged, 0.9, 0.1)
    figures = pd.DataFrame({"writer": writers, "kind": np.where(is_forged, "forged", "genuine")})
    for number in range(20):
        figures[f"is writer {number}"] = (writers == number).astype(float)
    assert giveaway_areas(figures)["logistic regression"] < 0.6


def test_a_giveaway_in_either_direction_is_found():
    figures = random_figures(4)
    is_forged = figures["kind"] == "forged"
    figures["darker"] = 247 - 5 * is_forged
    figures["lighter"] = 242 + 5 * is_forged
    areas = giveaway_areas(figures)
    assert areas["darker"] == areas["lighter"] == 1
    assert areas["logistic regression"] > 0.95


def test_too_few_writers_or_one_kind_only_are_refused():
    with pytest.raises(ValueError, match="there are 4 writers; give 5 or more"):
        giveaway_areas(random_figures(0, writers=4))
    genuine = random_figures(0).query("kind == 'genuine'")
    with pytest.raises(ValueError, match="all are of one kind; give genuine and forged"):
        giveaway_areas(genuine)


@pytest.mark.parametrize("column", ["writer", "kind"])
def test_an_image_that_does_not_say_whose_it_is_is_not_taken_for_genuine(column):
    figures = random_figures(0)
    figures.loc[3, column] = None
    with pytest.raises(ValueError, match=f"a row has no {column}; give one to each"):
        giveaway_areas(figures)


@pytest.mark.parametrize("nothing", [np.nan, np.inf])
def test_a_figure_that_is_not_finite_is_named(nothing):
    figures = random_figures(0)
    name = figures.columns[-1]
    figures[name] = figures[name].astype(float)
    figures.loc[3, name] = nothing
    with pytest.raises(ValueError, match=f"^figures: {name} is NaN or infinite in some rows"):
        giveaway_areas(figures)
