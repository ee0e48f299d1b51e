"""Pages: what lies about a signature, on a sheet that is seen whole or only in part."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.random import Generator

from deepsign_helpers.synthesis import printing
from deepsign_helpers.synthesis.ink import FAINTEST, draw, resolution_of
from deepsign_helpers.synthesis.scanners import Scanner, light, texture, view
from deepsign_helpers.synthesis.surroundings import depth_in_sheet, desk, lid_shade, rim, shadow
from deepsign_helpers.synthesis.writers import sample_writer

# What a page has besides the signature, and who may look at it: one of these is drawn by image.
SEEN_BY = {
    "desk": ("phone",),
    "rim": ("office",),
    "stamp": ("office", "phone"),
    "text": ("office", "phone"),
    "two": ("office", "phone"),
    "shadow": ("phone",),
    "field": ("office", "phone"),
    "rule": ("office", "phone"),
    "dotted": ("office", "phone"),
    "crumbs": ("office", "phone"),
}
PAGES = tuple(SEEN_BY)

SIDES = np.array([-1, -1, 1, 1])  # left, top, right, bottom: which way is outwards
FAR = 1e4  # pixels; an edge of the sheet that nobody sees
FINE = 4  # bits of a pixel's fraction, as OpenCV draws


@dataclass(frozen=True)
class Place:
    """Where on its canvas a signature stands."""

    box: np.ndarray  # left, top, right and bottom of its ink, pixels
    size: tuple[int, int]  # height and width of the canvas, pixels
    pixels_per_mm: float

    @property
    def canvas(self) -> np.ndarray:
        """Left, top, right and bottom of the canvas, pixels."""
        height, width = self.size
        return np.array([0, 0, width, height], float)

    def loose(self, low: float, high: float, rng: Generator) -> np.ndarray:
        """Return the box, each side moved outwards by `low` to `high` mm."""
        return self.box + SIDES * self.pixels_per_mm * rng.uniform(low, high, 4)


@dataclass(frozen=True)
class Layer:
    """Something on the page that takes light."""

    share: np.ndarray  # float32: of the light, or of what its material can take
    at: np.ndarray  # 3×3 matrix that leads from its pixels to the canvas's
    material: str  # "print" and "ink" are as dark as the scanner has drawn them; "colour" is as is


@dataclass(frozen=True)
class Page:
    """What is laid out about one signature, in pixels of its canvas."""

    layers: list[Layer]
    shown: np.ndarray  # left, top, right, bottom of what is scanned
    kept: np.ndarray  # left, top, right, bottom of what is never cut off
    sheet: np.ndarray | None = None  # left, top, right, bottom of the paper; None: all is paper


def find_place(ink: np.ndarray) -> Place:
    """Find the ink of a signature on its canvas."""
    x, y, width, height = cv2.boundingRect((ink > FAINTEST).astype(np.uint8))
    box = np.array([x, y, x + width, y + height], float)
    return Place(box, ink.shape, resolution_of(ink.shape))


def lay_out(domain: str, place: Place, rng: Generator) -> Page:
    """Draw a page of one of `PAGES` about a signature; it knows of that only where it stands."""
    if domain in ("desk", "rim"):
        return lay_sheet(place, domain, rng)
    if domain == "shadow":
        return Page([], widen(place.canvas, place, rng), kept=place.box)
    layers = LAYERS[domain](place, rng)
    corners = [extent_of(layer) for layer in layers]
    reach = np.array([place.loose(1, 4, rng), *corners])
    shown = np.concatenate([reach[:, :2].min(axis=0), reach[:, 2:].max(axis=0)])
    kept = shown if domain == "two" else place.box
    return Page(layers, widen(shown, place, rng), kept)


def extent_of(layer: Layer) -> np.ndarray:
    """Return left, top, right and bottom of a layer on the canvas."""
    points = cv2.perspectiveTransform(corners_of([0, 0, *layer.share.shape[::-1]]), layer.at)[0]
    return np.concatenate([points.min(axis=0), points.max(axis=0)])


def corners_of(rectangle: np.ndarray) -> np.ndarray:
    """Return the corners of left, top, right, bottom in turn, as OpenCV takes them: (1, 4, 2)."""
    left, top, right, bottom = rectangle
    return np.array([[[left, top], [right, top], [right, bottom], [left, bottom]]], np.float64)


def widen(shown: np.ndarray, place: Place, rng: Generator) -> np.ndarray:
    """Widen what is shown to the canvas's proportions, and at least to 0.85 of its size."""
    sides = place.canvas[2:]
    extent = shown[2:] - shown[:2]
    wanted = sides * max(0.85, *(extent / sides))
    before = (wanted - extent) * rng.uniform(0.2, 0.8, 2)
    return np.concatenate([shown[:2] - before, shown[:2] - before + wanted])


def lay_sheet(place: Place, domain: str, rng: Generator) -> Page:
    """Lay a sheet so that one to four of its edges are seen, with a desk or a rim beyond."""
    beyond = (2, 16) if domain == "desk" else (0.8, 9)  # mm
    seen = rng.permutation(4) < rng.integers(1, 5)
    mm = place.pixels_per_mm
    closest = place.box + SIDES * 6 * mm  # people leave a margin
    edges = place.canvas + SIDES * mm * rng.uniform(-4, 8, 4)
    edges = SIDES * np.maximum(SIDES * edges, SIDES * closest)
    shown = edges + SIDES * mm * np.where(seen, rng.uniform(*beyond, 4), 0)
    sheet = np.where(seen, edges, SIDES * FAR)
    return Page([], widen(shown, place, rng), kept=place.box, sheet=sheet)


# What is laid on the sheet


def on_canvas(share: np.ndarray, material: str) -> Layer:
    """Return a layer that covers the canvas; greys of 0 to 255 become shares of 0 to 1."""
    return Layer(share / np.float32(255), np.eye(3), material)


def moved_to(corner: np.ndarray) -> np.ndarray:
    """Return the matrix that puts a layer's upper left corner there."""
    return np.array([[1, 0, corner[0]], [0, 1, corner[1]], [0, 0, 1.0]])


def beside(
    place: Place, shape: tuple[int, int], side: str, gap: float, rng: Generator
) -> np.ndarray:
    """Return the matrix that puts something of a shape at a side of the signature, `gap` mm off."""
    left, top, right, bottom = place.box
    height, width = shape
    away = gap * place.pixels_per_mm
    along_x = left + rng.uniform(-0.25, 0.5) * (right - left)
    along_y = (top + bottom - height) / 2 + rng.uniform(-0.3, 0.3) * (bottom - top)
    corners = {
        "above": (along_x, top - away - height),
        "below": (along_x, bottom + away),
        "left": (left - away - width, along_y),
        "right": (right + away, along_y),
    }
    return moved_to(corners[side])


def lay_text(place: Place, rng: Generator) -> list[Layer]:
    """Print a paragraph above the signature or below it, or a line to its left."""
    mm = place.pixels_per_mm
    height = rng.uniform(2.4, 4.2) * mm
    side = str(rng.choice(["above", "below", "left"], p=(0.65, 0.2, 0.15)))
    lines = 1 if side == "left" else int(rng.integers(1, 7))
    width = rng.uniform(18, 40) if side == "left" else rng.uniform(50, 110)
    printed = printing.sample_paragraph(width * mm, lines, height, rng)
    at = beside(place, printed.shape, side, rng.uniform(0.3, 6), rng)
    return [Layer(printed, at, "print")]


def lay_stamp(place: Place, rng: Generator) -> list[Layer]:
    """Stamp the page beside the signature or upon its end."""
    stamp = printing.sample_stamp(place.pixels_per_mm, rng) * np.float32(rng.uniform(0.25, 0.7))
    height, width = stamp.shape
    turn = rng.normal(0, 9)  # degrees
    turned = np.vstack([cv2.getRotationMatrix2D((width / 2, height / 2), turn, 1.0), [0, 0, 1]])
    side = str(rng.choice(["left", "right", "above", "below"], p=(0.35, 0.35, 0.15, 0.15)))
    overlap = rng.uniform(-0.7, 0.25) * min(width, height) / place.pixels_per_mm
    return [Layer(stamp, beside(place, stamp.shape, side, overlap, rng) @ turned, "colour")]


def lay_second(place: Place, rng: Generator) -> list[Layer]:
    """Let somebody else sign beside the signature, with a pen of their own."""
    ink, _ = draw(sample_writer(rng).sign(rng), rng, place.size)
    left, top, right, bottom = find_place(ink).box.astype(int)
    second = cv2.copyMakeBorder(ink[top:bottom, left:right], 2, 2, 2, 2, cv2.BORDER_CONSTANT)
    side = str(rng.choice(["left", "right", "above", "below"]))
    return [Layer(second, beside(place, second.shape, side, rng.uniform(-1, 10), rng), "ink")]


def lay_field(place: Place, rng: Generator) -> list[Layer]:
    """Tint a field under the signature, plain or hatched, with or without an edge."""
    mm = place.pixels_per_mm
    _, width = place.size
    field = np.zeros(place.size, np.uint8)
    left, top, right, bottom = place.loose(-1.5, 8, rng)
    if rng.random() < 0.25:  # a band across the page
        left, right = -9, width + 9
    corners = [(round(left), round(top)), (round(right), round(bottom))]
    tint = int(255 * rng.uniform(0.07, 0.33))
    cv2.rectangle(field, *corners, tint, cv2.FILLED)
    if rng.random() < 0.3:
        field[:: max(2, round(rng.uniform(0.5, 1.0) * mm))] //= 3
    if rng.random() < 0.4:
        thick = max(1, round(rng.uniform(0.15, 0.4) * mm))
        cv2.rectangle(field, *corners, int(255 * rng.uniform(0.4, 0.8)), thick)
    return [on_canvas(field, "colour")]


def lay_rule(place: Place, rng: Generator) -> list[Layer]:
    """Print the line on which to sign."""
    printed = np.zeros(place.size, np.uint8)
    left, right, y = sample_line_to_sign(place, rng)
    thick = max(1, round(rng.uniform(0.15, 0.45) * place.pixels_per_mm))
    cv2.line(printed, (round(left), round(y)), (round(right), round(y)), 255, thick, cv2.LINE_AA)
    return [on_canvas(printed, "print"), *lay_caption(place, left, y, rng)]


def lay_dotted(place: Place, rng: Generator) -> list[Layer]:
    """Print the line on which to sign as dots or dashes."""
    mm = place.pixels_per_mm
    printed = np.zeros(place.size, np.uint8)
    left, right, y = sample_line_to_sign(place, rng)
    step = rng.uniform(1.0, 2.4) * mm
    radius = rng.uniform(0.12, 0.25) * mm
    dash = rng.uniform(0.3, 0.6) * step * (rng.random() < 0.35)
    down = round(y * 2**FINE)
    for x in np.arange(left, right, max(step, 2)):
        start = (round(x * 2**FINE), down)
        end = (round((x + dash) * 2**FINE), down)
        if dash:
            cv2.line(printed, start, end, 255, max(1, round(2 * radius)), cv2.LINE_AA, FINE)
        else:
            reach = round(max(radius, 0.5) * 2**FINE)
            cv2.circle(printed, start, reach, 255, cv2.FILLED, cv2.LINE_AA, FINE)
    return [on_canvas(printed, "print"), *lay_caption(place, left, y, rng)]


def sample_line_to_sign(place: Place, rng: Generator) -> tuple[float, float, float]:
    """Draw left and right end and height of a line to sign on; strokes may cross it."""
    left, _, right, _ = place.loose(0, 14, rng)
    height, width = place.size
    _, top, _, bottom = place.box
    # Under a signature that fills the canvas it would lie outside.
    y = min(top + rng.uniform(0.55, 1.15) * (bottom - top), height - 3)
    return max(left, 0.03 * width), min(right, 0.97 * width), y


def lay_caption(place: Place, left: float, y: float, rng: Generator) -> list[Layer]:
    """Print in small type under a line what belongs there, on two forms of three."""
    if rng.random() > 2 / 3:
        return []
    mm = place.pixels_per_mm
    font = printing.sample_typeface(rng.uniform(2.0, 3.0) * mm, rng)
    printed = printing.print_lines([printing.sample_line(int(rng.integers(5, 22)), rng)], font)
    start = (left + rng.uniform(0, 12) * mm, y + rng.uniform(0.3, 1.5) * mm)
    return [Layer(printed, moved_to(start), "print")]


def lay_crumbs(place: Place, rng: Generator) -> list[Layer]:
    """Scatter crumbs, dots and hairs over the page."""
    mm = place.pixels_per_mm
    height, width = place.size
    dirt = np.zeros(place.size, np.uint8)
    count = int(rng.integers(4, 40))
    radii = np.clip(rng.lognormal(np.log(0.2), 0.6, count), 0.06, 0.7) * mm
    middles = rng.uniform(0, (width, height), (count, 2))
    for middle, radius in zip(middles, radii, strict=True):
        outline = middle + radius * rng.uniform(0.4, 1.3, (7, 1)) * AROUND
        points = np.round(outline * 2**FINE).astype(np.int32)
        cv2.fillPoly(dirt, [points], int(rng.uniform(80, 245)), cv2.LINE_AA, FINE)
    for _ in range(rng.integers(0, 4)):
        start = rng.uniform(0, (width, height))
        bends = np.cumsum(rng.uniform(-2, 2) * 0.1 + rng.normal(0, 0.06, 30))
        step = rng.uniform(3, 18) * mm / 30
        directions = rng.uniform(0, 2 * np.pi) + bends
        path = start + np.cumsum(step * np.stack([np.cos(directions), np.sin(directions)], 1), 0)
        points = np.round(path * 2**FINE).astype(np.int32)
        grey = int(rng.uniform(50, 190))
        cv2.polylines(dirt, [points], False, grey, 1, cv2.LINE_AA, FINE)
    dirt[[0, -1]] = 0  # what lies on the border would be drawn out into a stripe
    dirt[:, [0, -1]] = 0
    return [on_canvas(dirt, "colour")]


# Seven directions, (7, 2), in which a crumb has corners.
AROUND = np.stack([np.cos(np.linspace(0, 5.4, 7)), np.sin(np.linspace(0, 5.4, 7))], axis=1)

LAYERS: dict[str, Callable[[Place, Generator], list[Layer]]] = {
    "stamp": lay_stamp,
    "text": lay_text,
    "two": lay_second,
    "field": lay_field,
    "rule": lay_rule,
    "dotted": lay_dotted,
    "crumbs": lay_crumbs,
}


# How a page is seen


def look(
    domain: str, ink: np.ndarray, truth: np.ndarray, scanner: Scanner, rng: Generator
) -> tuple[np.ndarray, np.ndarray, float]:
    """Lay a page about a signature and look at it.

    Returns
    -------
    scene : float32 array, shape of `ink`
        Greys, before the lens and the sensor.
    truth : float array of the same shape
        Turned, tilted and shrunk as the ink is.
    pixels_per_mm : float
        Fewer where more than the canvas is seen.
    """
    size = ink.shape
    height, width = size
    place = find_place(ink)
    page = lay_out(domain, place, rng)
    if domain == "desk":
        scanner = replace(scanner, turn=2 * scanner.turn)  # held by hand, and aimed at the whole
    left, top, right, _ = page.shown
    scale = width / (right - left)
    to_image = np.array([[scale, 0, -left * scale], [0, scale, -top * scale], [0, 0, 1]])
    matrix = view(size, scanner.turn, scanner.tilt, rng) @ to_image
    matrix = keep_inside(matrix, page.kept, size)

    # The share of light that ink, print and all else throw back, (height, width).
    darkness = {"ink": scanner.ink, "print": scanner.print, "colour": 1.0}
    sheet = 1 - scanner.ink * cv2.warpPerspective(ink, matrix, (width, height))
    for layer in page.layers:
        share = cv2.warpPerspective(
            layer.share, matrix @ layer.at, (width, height), borderMode=border_of(layer, size)
        )
        sheet *= 1 - np.float32(darkness[layer.material]) * share
    if truth.any():
        truth = cv2.warpPerspective(truth, matrix, (width, height))

    lit = light(size, scanner.shade, rng)
    if domain == "shadow":
        lit *= shadow(size, cv2.perspectiveTransform(corners_of(place.box), matrix)[0], rng)
    scene = sheet * lit * (scanner.paper + scanner.grain * texture(size, rng))
    if page.sheet is not None:
        within = depth_in_sheet(page.sheet, matrix, size)
        paper = np.clip(within + 0.5, 0, 1)
        if domain == "desk":
            behind = desk(paper, lit, rng)
        else:
            behind = rim(size, rng)
            scene *= lid_shade(within / place.pixels_per_mm, rng)
        scene = paper * scene + (1 - paper) * behind
    return scene.astype(np.float32), truth, place.pixels_per_mm * scale


def border_of(layer: Layer, size: tuple[int, int]) -> int:
    """Say what is beyond a layer: what covers the canvas goes on, what is smaller ends."""
    return cv2.BORDER_REPLICATE if layer.share.shape == size else cv2.BORDER_CONSTANT


def keep_inside(matrix: np.ndarray, box: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Shrink and move a view as little as it takes for all of a box to be seen."""
    points = cv2.perspectiveTransform(corners_of(box), matrix)[0]
    sides = np.array(size[::-1])
    margin = 0.02 * sides
    shrunk = min(1.0, *((sides - 2 * margin) / np.ptp(points, axis=0)))
    lowest = shrunk * points.min(axis=0)
    highest = shrunk * points.max(axis=0)
    shift = np.maximum(0, margin - lowest) + np.minimum(0, sides - margin - highest)
    return np.array([[shrunk, 0, shift[0]], [0, shrunk, shift[1]], [0, 0, 1]]) @ matrix
