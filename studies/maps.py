"""Maps of where a forgery strays, scored against what the generator knows."""

from dataclasses import dataclass

import cv2
import keras
import numpy as np
import pandas as pd
import tensorflow as tf
from sklearn.metrics import average_precision_score

from deepsign_helpers import encoders, preprocessing, runtime, strokes, synthesis, training
from deepsign_helpers.preprocessing import framing
from deepsign_helpers.strokes import Line
from studies import presets

FORGERIES = 120  # each of a writer of its own
REFERENCES = 5
SEED = 17
ASTRAY = 0.2  # the share of the line that truly strays most
PATCH = 8  # pixels of the prepared image: about a letter
STRIDE = 2  # pixels from patch to patch
PIXEL_BLUR = 3.0  # pixels; without it, a difference of pixels sees edges alone


@dataclass(frozen=True, eq=False)
class Case:
    """A forgery beside references.

    Attributes
    ----------
    page : uint8 array, shape (height, width)
        The forgery.
    line : Line
        Of the forgery.
    is_astray : bool array, shape (n,)
        Of each point of the line: whether it is in the fifth that truly strays most.
    pages : list of uint8 array
        The references.
    lines : list of Line
        Of the references.
    """

    page: np.ndarray
    line: Line
    is_astray: np.ndarray
    pages: list[np.ndarray]
    lines: list[Line]


def maps() -> pd.DataFrame:
    """Score every map on the same forgeries.

    Returns
    -------
    DataFrame
        A row a map: pointing game and average precision, and the 95 % interval of the latter.
    """
    trained = presets.trained()["CLASSROOM"].encoder
    as_it_begins = presets.fresh(training.CLASSROOM)
    cases = [draw(number) for number in runtime.progress(range(FORGERIES), "forgeries")]
    rows = []
    for number, case in enumerate(runtime.progress(cases, "maps")):
        drawn = without_encoder(case, cases[number - 1].lines, np.random.default_rng(number))
        drawn["occlusion"] = occlusion(trained, case)
        drawn["occlusion, random weights"] = occlusion(as_it_begins, case)
        drawn["Grad-CAM"] = grad_cam(trained, case)
        drawn["Grad-CAM, random weights"] = grad_cam(as_it_begins, case)
        for name, values in drawn.items():
            points_at_it = bool(case.is_astray[values.argmax()])
            precision = average_precision_score(case.is_astray, values)
            rows.append((name, points_at_it, precision))
    return summed_up(pd.DataFrame(rows, columns=["map", "pointing game", "average precision"]))


def summed_up(scored: pd.DataFrame) -> pd.DataFrame:
    """Return the means over forgeries, with 1.96 standard errors of the average precision."""
    by_map = scored.groupby("map", sort=False)
    table = by_map.mean()
    reach = 1.96 * by_map["average precision"].sem()
    table["from"] = table["average precision"] - reach
    table["to"] = table["average precision"] + reach
    table["forgeries"] = by_map.size()
    return table.reset_index()


def draw(number: int) -> Case:
    """Draw a writer, references and a skilled forgery, with the truth about it."""
    rng = np.random.default_rng([SEED, number])
    writer = synthesis.sample_writer(rng)
    pages = [synthesis.render(writer.sign(rng), rng) for _ in range(REFERENCES)]
    page, deviation = synthesis.render_with_truth(synthesis.forge(writer, rng), rng)
    line = strokes.trace_line(page)
    x, y = np.round(line.on_page).astype(int).T
    # A point may lie a pixel beside the ink.
    strays = cv2.dilate(deviation, np.ones((3, 3)))[y, x]  # mm
    is_astray = strays >= np.quantile(strays, 1 - ASTRAY)
    return Case(page, line, is_astray, pages, [strokes.trace_line(one) for one in pages])


def without_encoder(
    case: Case, somebody_else: list[Line], rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """Return the maps that no encoder has drawn: a value for each point of the line."""
    return {
        "stroke by stroke": strokes.difference_map(case.line, case.lines),
        "stroke by stroke, somebody else's references": strokes.difference_map(
            case.line, somebody_else
        ),
        "difference of pixels": difference_of_pixels(case),
        "distance from the middle": np.linalg.norm(case.line.points, axis=1),
        "random numbers": rng.random(len(case.line.points)),
    }


def difference_of_pixels(case: Case) -> np.ndarray:
    """Return how much darker or paler than the mean reference each point is.

    All are cut out and brought to one size.
    """
    left, top, right, bottom = case.line.box
    size = (right - left, bottom - top)
    cut = []
    for page, line in zip([case.page, *case.pages], [case.line, *case.lines], strict=True):
        x, y, x_end, y_end = line.box
        one = cv2.resize(page[y:y_end, x:x_end].astype(np.float32), size)
        cut.append(cv2.GaussianBlur(one, (0, 0), PIXEL_BLUR))
    difference = np.abs(cut[0] - np.mean(cut[1:], axis=0))
    return value_at(difference, case.line.on_page - (left, top))


def occlusion(encoder: keras.Model, case: Case) -> np.ndarray:
    """Return how much nearer the references come when the surroundings of a point are covered.

    References
    ----------
    M. D. Zeiler, R. Fergus, Visualizing and understanding convolutional networks, ECCV 2014,
    https://doi.org/10.1007/978-3-319-10590-1_53.
    """
    size = encoder.input_shape[1:3]
    prepared = preprocessing.prepare(case.page, size)
    known = encoders.embed(encoder, prepared_of(case.pages, size))
    corners = []
    covered = [prepared]
    for top in range(0, size[0] - PATCH + 1, STRIDE):
        for left in range(0, size[1] - PATCH + 1, STRIDE):
            one = prepared.copy()
            one[top : top + PATCH, left : left + PATCH] = 0  # paper
            corners.append((top, left))
            covered.append(one)
    vectors = encoders.embed(encoder, np.stack(covered))
    distances = np.linalg.norm(vectors[:, None] - known, axis=2).mean(axis=1)
    nearer = distances[0] - distances[1:]

    total = np.zeros(size)
    count = np.zeros(size)
    for (top, left), gain in zip(corners, nearer, strict=True):
        total[top : top + PATCH, left : left + PATCH] += gain
        count[top : top + PATCH, left : left + PATCH] += 1
    return value_at(total / count, on_prepared(case.line.on_page, case.page, size))


def grad_cam(encoder: keras.Model, case: Case) -> np.ndarray:
    """Return which places of the last convolution make the distance to the references larger.

    References
    ----------
    R. R. Selvaraju et al., Grad-CAM: visual explanations from deep networks via gradient-based
    localization, ICCV 2017, https://doi.org/10.1109/ICCV.2017.74.
    """
    size = encoder.input_shape[1:3]
    prepared = tf.constant(prepared_of([case.page], size))
    known = tf.constant(encoders.embed(encoder, prepared_of(case.pages, size)))
    both = keras.Model(encoder.input, [last_map(encoder), encoder.output])
    with tf.GradientTape() as tape:
        tape.watch(prepared)
        cells, vector = both(prepared)
        distance = tf.reduce_mean(tf.norm(vector - known, axis=1))
    slopes = tape.gradient(distance, cells)
    weights = tf.reduce_mean(slopes, axis=(1, 2), keepdims=True)
    strength = tf.nn.relu(tf.reduce_sum(weights * cells, axis=-1))[0].numpy()
    height, width = size
    enlarged = cv2.resize(strength, (width, height), interpolation=cv2.INTER_LINEAR)
    return value_at(enlarged, on_prepared(case.line.on_page, case.page, size))


def last_map(encoder: keras.Model) -> keras.KerasTensor:
    """Return what goes into the global average pool."""
    for layer in encoder.layers:
        if isinstance(layer, keras.layers.GlobalAveragePooling2D):
            return layer.input
    raise ValueError("encoder: it has no global average pool.")


def prepared_of(pages: list[np.ndarray], size: tuple[int, int]) -> np.ndarray:
    """Return pages as the encoder's input, (n, height, width, 1)."""
    return np.stack([preprocessing.prepare(page, size) for page in pages])


def on_prepared(points: np.ndarray, page: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Say where points of a page lie on the prepared image.

    It goes the way of `preprocessing.prepare`: crop, turn, crop, scale.

    Parameters
    ----------
    points : float array, shape (n, 2), pixels
        x and y on the page.
    page : uint8 array, shape (height, width)
        It shows nothing but a signature.
    size : (height, width)
        Of the prepared image.

    Returns
    -------
    float array, shape (n, 2), pixels
    """
    ink = preprocessing.clear_page(page).ink
    left, top, _, _ = box_of(ink)
    cropped = framing.crop_to_ink(ink)
    angle = framing.skew_angle(cropped)
    level = framing.rotate(cropped, angle)

    turn = cv2.getRotationMatrix2D((0, 0), angle, 1.0)[:, :2]
    points = (points - (left, top) - middle_of(cropped.shape)) @ turn.T + middle_of(level.shape)
    left, top, width, height = box_of(level)
    down = size[0] / height
    across = size[1] / width
    # Half-way between one scale for both sides, and one for each.
    one_for_both = min(down, across)
    scale = np.sqrt([one_for_both * across, one_for_both * down])
    from_middle = points - (left, top) - middle_of((height, width))
    return from_middle * scale + middle_of(size)


def box_of(gray: np.ndarray) -> tuple[int, int, int, int]:
    """Return left, top, width and height of the ink."""
    return cv2.boundingRect((gray < 255).astype(np.uint8))


def middle_of(shape: tuple[int, int]) -> np.ndarray:
    """Return x and y of the middle of an image."""
    height, width = shape
    return np.array([(width - 1) / 2, (height - 1) / 2])


def value_at(picture: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Return the values of a picture (height, width) at points (n, 2), x and y."""
    height, width = picture.shape
    x, y = np.round(points).astype(int).T
    return picture[y.clip(0, height - 1), x.clip(0, width - 1)]
