"""Exercises of chapter 09: straighten a page, measure a giveaway, and let a writer withdraw."""

import cv2
import numpy as np
import pandas as pd

from deepsign_helpers.exercises.tutor import Exercise


def straighten(photo: np.ndarray, corners: np.ndarray, size: tuple) -> np.ndarray:
    """Return a sheet as seen from straight above: uint8, of the given size.

    photo : uint8 (height, width), in which the sheet lies askew
    corners : float32 (4, 2), pixels, x and y of the sheet's upper left, upper right,
        lower right and lower left corner in the photograph
    size : (height, width) of the result; its corner pixels are those of the sheet
    """
    height, width = size
    wanted = np.array(
        [[0, 0], [width - 1, 0], [width - 1, height - 1], [0, height - 1]], np.float32
    )
    matrix = cv2.getPerspectiveTransform(corners, wanted)
    return cv2.warpPerspective(photo, matrix, (width, height))


def straighten_with_width_first(photo, corners, size):
    """Height and width have changed places. Size is (height, width) everywhere in this course, but
    OpenCV's functions want the width first.
    """
    width, height = size
    return straighten(photo, corners, (height, width))


def straighten_mirrored(photo, corners, size):
    """The sheet comes out mirrored: your corners go round the other way than the sheet's. Right of
    the upper left one is the upper right one.
    """
    return straighten(photo, corners[[0, 3, 2, 1]], size)


def straighten_the_other_way(photo, corners, size):
    """The matrix leads the wrong way, from the straight sheet to the photograph. Give the corners
    in the photograph first, then where they shall go.
    """
    height, width = size
    wanted = np.array(
        [[0, 0], [width - 1, 0], [width - 1, height - 1], [0, height - 1]], np.float32
    )
    matrix = cv2.getPerspectiveTransform(wanted, corners)
    return cv2.warpPerspective(photo, matrix, (width, height))


def photographs() -> dict[str, tuple]:
    """Return trials: a sheet with a mark in each corner, photographed askew in two ways."""
    sheet = np.full((120, 80), 230, np.uint8)
    for number, (row, column) in enumerate([(10, 10), (10, 60), (100, 60), (100, 10)], start=1):
        sheet[row : row + 12, column : column + 3 * number] = 20
    flat = np.array([[0, 0], [79, 0], [79, 119], [0, 119]], np.float32)
    trials = {}
    for name, places, size in (
        ("a tilted sheet", [[40, 30], [150, 45], [160, 190], [25, 170]], (120, 80)),
        ("a sheet upside down", [[170, 200], [60, 190], [50, 40], [180, 30]], (150, 90)),
    ):
        corners = np.array(places, np.float32)
        matrix = cv2.getPerspectiveTransform(flat, corners)
        photo = cv2.warpPerspective(sheet, matrix, (220, 230), borderValue=60)
        trials[name] = (photo, corners, size)
    return trials


def giveaway(forged: np.ndarray, genuine: np.ndarray) -> float:
    """Return how well one figure tells forged from genuine images, in [0.5, 1].

    Of all couples of a forged and a genuine image, take the share in which the forged
    one has the larger figure; a couple of equal figures counts half. If the share is
    under 0.5, small figures give forgeries away as well: return 1 less the share.

    forged : float (m,), the figure of each forged image, such as the grey of its paper
    genuine : float (n,), that of each genuine image
    """
    larger = (forged[:, None] > genuine).mean()
    equal = (forged[:, None] == genuine).mean()
    share = larger + equal / 2
    return float(max(share, 1 - share))


def giveaway_without_half(forged, genuine):
    """Couples of equal figures count nothing here. A figure that is the same everywhere would then
    look like a perfect giveaway of the other kind: count each such couple half.
    """
    share = (forged[:, None] > genuine).mean()
    return float(max(share, 1 - share))


def giveaway_one_way(forged, genuine):
    """Forgeries with the *smaller* figure go unnoticed: a share of 0.1 tells as much as one of 0.9.
    Return 1 less the share where it is under 0.5.
    """
    larger = (forged[:, None] > genuine).mean()
    return float(larger + (forged[:, None] == genuine).mean() / 2)


def giveaway_of_the_best_threshold(forged, genuine):
    """This is the accuracy at the best threshold, which changes with how many images there are of
    each kind. Compare couples: every forged image with every genuine one.
    """
    values = np.concatenate([forged, genuine])
    is_forged = np.arange(len(values)) < len(forged)
    thresholds = np.append(np.unique(values), np.inf)
    right = [np.mean((values >= threshold) == is_forged) for threshold in thresholds]
    return float(max(*right, 1 - min(right)))


def papers() -> dict[str, tuple]:
    """Return trials: figures that say much, little and nothing, and with many equal ones."""
    rng = np.random.default_rng(9)
    return {
        "darker paper, often equal": (
            rng.integers(225, 240, 12).astype(float),
            rng.integers(232, 248, 30).astype(float),
        ),
        "larger files": (rng.normal(60, 9, 25), rng.normal(52, 9, 14)),
        "the same everywhere": (np.full(6, 255.0), np.full(9, 255.0)),
    }


def to_delete(table: pd.DataFrame, number: str) -> list[str]:
    """Return the paths of all images to delete when a person withdraws, in table order.

    These are the person's signatures, forgeries of them, and forgeries of others that
    this person made.

    table : corpus table with the columns path, writer, kind and forger
    number : of that person, such as "007"
    """
    is_theirs = (table["writer"] == number) | (table["forger"] == number)
    return table.loc[is_theirs, "path"].tolist()


def to_delete_without_forgeries_of_them(table, number):
    """Forgeries of this person stay. They show the name, and what others could see of the
    signature: they go as well.
    """
    is_own = (table["writer"] == number) & (table["kind"] == "genuine")
    is_made = table["forger"] == number
    return table.loc[is_own | is_made, "path"].tolist()


def to_delete_in_their_name_alone(table, number):
    """What this person wrote in other people's names stays: look at the column forger. A forgery is
    in the forger's own hand, and that hand has withdrawn.
    """
    return table.loc[table["writer"] == number, "path"].tolist()


def to_delete_the_others(table, number):
    """These are the images that may stay. Turn the condition round: which have to go?"""
    is_theirs = (table["writer"] == number) | (table["forger"] == number)
    return table.loc[~is_theirs, "path"].tolist()


def classes() -> dict[str, tuple]:
    """Return trials: classes of neighbours who forge each other."""
    trials = {}
    for name, numbers, leaving in (
        ("a class of four", ["001", "002", "003", "004"], "002"),
        ("three who sat in a circle", ["011", "007", "110"], "110"),
    ):
        rows = []
        for place, number in enumerate(numbers):
            neighbour = numbers[(place + 1) % len(numbers)]
            for sample in ("1", "2"):
                rows.append((f"{number}/genuine_{sample}.png", number, "genuine", ""))
                rows.append((f"{number}/forged_{sample}.png", number, "forged", neighbour))
        columns = ["path", "writer", "kind", "forger"]
        trials[name] = (pd.DataFrame(rows, columns=columns), leaving)
    return trials


EXERCISES = {
    "9.1": Exercise(
        title="See a sheet from above",
        solution=straighten,
        mistakes=(
            straighten_with_width_first,
            straighten_mirrored,
            straighten_the_other_way,
        ),
        hints=(
            "Four points here and four points there make a matrix: `cv2.getPerspectiveTransform`.",
            "The points there are the corner pixels of the result, in the same order: x runs to "
            "`width - 1`, y to `height - 1`, as float32.",
            "`cv2.warpPerspective` takes photograph, matrix, and the size as (width, height).",
        ),
        trials=photographs,
    ),
    "9.2": Exercise(
        title="A giveaway in one number",
        solution=giveaway,
        mistakes=(giveaway_without_half, giveaway_one_way, giveaway_of_the_best_threshold),
        hints=(
            "`forged[:, None] > genuine` compares each forged image with each genuine one: a table "
            "of True and False.",
            "The mean of such a table is the share of couples. Add half of that which is equal.",
            "Return the larger of the share and 1 less the share.",
        ),
        trials=papers,
    ),
    "9.3": Exercise(
        title="Somebody withdraws",
        solution=to_delete,
        mistakes=(
            to_delete_without_forgeries_of_them,
            to_delete_in_their_name_alone,
            to_delete_the_others,
        ),
        hints=(
            "Which rows have to go? Make one column of True and False for all of them.",
            'Two reasons, joined by "or", which is `|` in pandas, each in brackets.',
            "`.loc` picks rows and a column at once; `.tolist()` makes a list of what it picked.",
        ),
        trials=classes,
    ),
}
