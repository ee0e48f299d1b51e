"""Paper and scanner: what lies under the ink and what looks at it."""

import functools
import json
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.random import Generator

from deepsign_helpers import tables
from deepsign_helpers.synthesis.ink import CANVAS, FAINTEST, draw
from deepsign_helpers.synthesis.kinematics import Trace

PAPER = 255
DARKEST = 25
GREY_STEP = 5  # 47 greys: a third less to store than 256, and no figure of the course notices
WORDS = ("Signature", "Unterschrift", "Name", "Date", "Signature and date", "Date, signature")

DOMAINS = ("clean", "office", "phone", "fax", "box")

# What may be printed about a signature, and how often it is on a form with a box.
PRINTED = {"box": 1.0, "edge": 0.0, "rule": 0.7, "label": 1.0, "ruling": 0.5}


@dataclass(frozen=True)
class Scanner:
    """A sheet of paper and what looks at it, drawn for one image."""

    paper: float  # grey of bare paper
    ink: float  # share of the light, 0 to 1, that full ink takes
    print: float  # share of the light, 0 to 1, that what is printed takes
    grain: float  # of the paper, standard deviation in greys
    shade: float  # how much darker the dark end is, share of the light
    turn: float  # degrees
    tilt: float  # how far corners are drawn in, share of each side
    blur: float  # mm
    pixel: float  # mm
    noise: float  # standard deviation in greys
    quality: float  # of the JPEG, 0 to 100


@functools.cache
def read_scanners() -> dict:
    """Return, for each quality of a scanner and each domain, the lowest and the highest value."""
    return json.loads(Path(__file__).with_name("scanners.json").read_text(encoding="utf-8"))


def sample_scanner(domain: str, rng: Generator) -> Scanner:
    """Draw every quality of a scanner evenly from its range, in the order of `scanners.json`."""
    ranges = {quality: ends[domain] for quality, ends in read_scanners().items()}
    return Scanner(**{quality: rng.uniform(low, high) for quality, (low, high) in ranges.items()})


def render(
    trace: Trace, rng: Generator, size: tuple[int, int] = (256, 512), domain: str = "clean"
) -> np.ndarray:
    """Draw a trace and scan it.

    Derived in chapter 00, *What a scanner adds*.

    Parameters
    ----------
    trace : Trace
        What the hand has done.
    rng : numpy.random.Generator
        Draws the pen, the paper and the scanner.
    size : (height, width), pixels
        They stand for 60 × 120 mm. A larger signature is made to fit.
    domain : "clean" | "office" | "phone" | "fax" | "box"
        The way from paper to pixels; `box` is a form with a printed box.

    Returns
    -------
    uint8 array, shape `size`
        Paper light (255 in `clean`), ink dark.

    Raises
    ------
    ValueError
        If the domain is none of these, or the pen never touches the paper.

    See Also
    --------
    render_with_truth : returns also where the ink strays.

    Examples
    --------
    >>> from deepsign_helpers import synthesis
    >>> writer = synthesis.sample_writer(np.random.default_rng(40))
    >>> image = render(writer.sign(np.random.default_rng(1)), np.random.default_rng(9))
    >>> image.shape, image.dtype, int(np.median(image))
    ((256, 512), dtype('uint8'), 255)
    """
    without_truth = replace(trace, deviation=np.zeros_like(trace.deviation))
    image, _ = render_with_truth(without_truth, rng, size, domain)
    return image


def render_with_truth(
    trace: Trace, rng: Generator, size: tuple[int, int] = (256, 512), domain: str = "clean"
) -> tuple[np.ndarray, np.ndarray]:
    """Draw a trace and scan it; say of each pixel how far the ink there strays.

    Derived in chapter 00, *Kinds of forgery, and how good they are*.

    Parameters
    ----------
    trace, rng, size, domain
        As for `render`.

    Returns
    -------
    image : uint8 array, shape `size`
        The same as `render` returns for the same seed.
    deviation : float32 array, shape `size`, mm
        0 where there is no ink.

    Raises
    ------
    ValueError
        As for `render`.

    See Also
    --------
    deviation_by_stroke : says it of strokes instead of pixels.

    Examples
    --------
    >>> from deepsign_helpers import synthesis
    >>> writer = synthesis.sample_writer(np.random.default_rng(40), condition="usual")
    >>> forged = synthesis.forge(writer, np.random.default_rng(6))
    >>> image, deviation = render_with_truth(forged, np.random.default_rng(4))
    >>> image.shape == deviation.shape
    True
    >>> print(f"Where there is ink it strays by {np.median(deviation[deviation > 0]):.1f} mm.")
    Where there is ink it strays by 2.2 mm.
    """
    ink, deviation = draw(trace, rng, size)
    return scan(ink, deviation, rng, domain)


def scan(
    ink: np.ndarray, deviation: np.ndarray, rng: Generator, domain: str
) -> tuple[np.ndarray, np.ndarray]:
    """Put ink on a paper and look at it through a scanner; both are drawn for this image.

    Parameters
    ----------
    ink, deviation : float arrays, shape (height, width)
        As `draw` returns them.
    rng : numpy.random.Generator
        Knows nothing of who wrote.
    domain : str, one of `DOMAINS`
        Anything but "clean" has paper, print, light, lens and noise.

    Returns
    -------
    image : uint8 array, shape (height, width)
    deviation : float array, shape (height, width), mm
        Turned and tilted as the image is.

    Raises
    ------
    ValueError
        If the domain is not known.
    """
    tables.require_known("domain", [domain], DOMAINS)
    if domain == "clean":
        return scan_cleanly(ink), deviation
    size = ink.shape
    across = size[::-1]  # OpenCV counts the width first
    pixels_per_mm = min(size[0] / CANVAS[0], size[1] / CANVAS[1])
    scanner = sample_scanner(domain, rng)

    # The share of light that ink and print throw back; then the page as it lies on the glass.
    printed = form(ink, pixels_per_mm, rng, domain)
    sheet = (1 - scanner.ink * ink) * (1 - scanner.print * printed)
    matrix = view(size, scanner.turn, scanner.tilt, rng)
    border = cv2.BORDER_REPLICATE
    sheet = cv2.warpPerspective(sheet.astype(np.float32), matrix, across, borderMode=border)
    if deviation.any():
        deviation = cv2.warpPerspective(deviation, matrix, across)

    # Greys, (height, width): the light on the sheet, what the paper makes of it, and the lens.
    lit = sheet * light(size, scanner.shade, rng)
    scene = lit * (scanner.paper + scanner.grain * texture(size, rng))
    scene = cv2.GaussianBlur(scene, (0, 0), scanner.blur * pixels_per_mm + 1e-3)

    # The sensor's own pixels are coarser than the image's, never finer; each adds noise.
    fineness = min(1, 1 / (scanner.pixel * pixels_per_mm))
    coarse_size = [max(1, round(side * fineness)) for side in across]
    coarse = cv2.resize(scene, coarse_size, interpolation=cv2.INTER_AREA)
    coarse += scanner.noise * rng.standard_normal(coarse.shape, np.float32)
    if domain == "fax":
        received = transmit(coarse, rng)
        return cv2.resize(received, across, interpolation=cv2.INTER_NEAREST), deviation
    return cv2.resize(compress(coarse, scanner.quality), across), deviation


def scan_cleanly(ink: np.ndarray) -> np.ndarray:
    """Return ink from 0 to 1 as greys from 255 to 25, in steps: uint8, of the same shape."""
    steps = np.round((PAPER - DARKEST) / GREY_STEP * ink)
    return (PAPER - GREY_STEP * steps).astype(np.uint8)


def form(ink: np.ndarray, pixels_per_mm: float, rng: Generator, domain: str) -> np.ndarray:
    """Print what a form has about a signature: float32, shape of `ink`, from 0 (nothing) to 1.

    In `box` a box, a label and perhaps rules; elsewhere one of `PRINTED`, or nothing.
    """
    printed = np.zeros(ink.shape, np.uint8)
    height, width = ink.shape
    x, y, ink_width, ink_height = cv2.boundingRect((ink > FAINTEST).astype(np.uint8))

    # A box about the ink, in pixels; a signature does not always keep within it.
    outwards = (-1, -1, 1, 1)
    loose = rng.uniform(-1.5, 7, 4) * pixels_per_mm
    corners = np.array([x, y, x + ink_width, y + ink_height]) + loose * outwards
    room = np.array([width, height, width, height])
    left, top, right, bottom = np.clip(corners, 0.03 * room, 0.97 * room).astype(int).tolist()

    thick = max(1, round(rng.uniform(0.15, 0.45) * pixels_per_mm))
    parts = sample_parts(domain, rng)
    baseline = int(y + rng.uniform(0.6, 0.95) * ink_height)
    letters = rng.uniform(2.0, 3.0) * pixels_per_mm  # height of the label's
    if "box" in parts:
        cv2.rectangle(printed, (left, top), (right, bottom), 255, thick)
    if "edge" in parts:  # of a larger box, of which only a side and the bottom are seen
        cv2.rectangle(printed, (left, -9), (2 * width, bottom), 255, thick)
    if "rule" in parts:
        cv2.line(printed, (left, baseline), (right, baseline), 255, thick)
    if "label" in parts:
        above_or_below = (top + 1.5 * letters, bottom - letters / 2)
        at = (left + 2 * thick, int(above_or_below[rng.integers(2)]))
        word = str(rng.choice(WORDS))
        font = cv2.FONT_HERSHEY_SIMPLEX
        cv2.putText(printed, word, at, font, letters / 21, 255, thick, cv2.LINE_AA)
    if "ruling" in parts:  # a pale line every 8 mm, as in a ruled book
        printed[bottom :: max(2, int(8 * pixels_per_mm))] |= 160
    return printed / np.float32(255)


def sample_parts(domain: str, rng: Generator) -> set[str]:
    """Draw what a form has printed: in `box` each of `PRINTED` by its share, else at most one."""
    if domain == "box":
        has = rng.random(len(PRINTED)) < list(PRINTED.values())
    else:
        has = rng.permutation(10)[: len(PRINTED)] == 0  # each of the five on one form in ten
    return {part for part, is_there in zip(PRINTED, has, strict=True) if is_there}


def view(size: tuple[int, int], turn: float, tilt: float, rng: Generator) -> np.ndarray:
    """Return the 3×3 matrix that turns a page by so many degrees and tilts it as a camera does."""
    height, width = size
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    to_centre = np.array([width, height]) / 2 - corners
    drawn_in = corners + tilt * rng.random((4, 2)) * to_centre * 2
    rotation = cv2.getRotationMatrix2D((width / 2, height / 2), turn, 1.0)  # (2, 3)
    turned = rotation @ np.c_[drawn_in, np.ones(4)].T  # (2, 4)
    return cv2.getPerspectiveTransform(corners, turned.T.astype(np.float32))


def light(size: tuple[int, int], shade: float, rng: Generator) -> np.ndarray:
    """Return how bright a page is lit, from 1 − shade to 1: float32, shape `size`.

    It falls slowly to one side, or there is a shadow with a soft edge.
    """
    height, width = size
    angle = rng.uniform(0, 2 * np.pi)
    sharpness = rng.uniform(0.8, 3.5)
    y, x = np.ogrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    uneven = cv2.resize(rng.normal(0, 0.15, (3, 4)), (width, height), interpolation=cv2.INTER_CUBIC)
    depth = sharpness * (np.cos(angle) * x + np.sin(angle) * y + uneven)
    return 1 - np.float32(shade) / (1 + cv2.exp(-depth.astype(np.float32)))


def texture(size: tuple[int, int], rng: Generator) -> np.ndarray:
    """Return the grain of paper: float32 noise of mean 0, in clumps of two pixels."""
    height, width = size
    clumps = rng.standard_normal((height // 2 + 1, width // 2 + 1), np.float32)
    return cv2.resize(clumps, (width, height), interpolation=cv2.INTER_LINEAR)


def compress(gray: np.ndarray, quality: float) -> np.ndarray:
    """Return greys as they come back from a JPEG of a quality of 0 to 100: uint8."""
    settings = [cv2.IMWRITE_JPEG_QUALITY, int(quality)]
    _, encoded = cv2.imencode(".jpg", gray.clip(0, 255).astype(np.uint8), settings)
    return cv2.imdecode(encoded, cv2.IMREAD_GRAYSCALE)


def transmit(gray: np.ndarray, rng: Generator) -> np.ndarray:
    """Fax a page: black or white, with specks of toner and rows that got lost."""
    threshold = rng.uniform(0.6, 0.78) * np.median(gray)
    bits = np.where(gray > threshold, 255, 0).astype(np.uint8)
    specks = rng.poisson(5)
    for x, y in rng.integers(0, bits.shape[::-1], (specks, 2)):
        radius = int(rng.integers(1, 3))
        cv2.circle(bits, (int(x), int(y)), radius, 0, -1)
    lost = rng.random(len(bits)) < 0.004
    bits[lost] = 255
    return bits
