"""Paper and scanner: what lies under the ink and what looks at it."""

from dataclasses import replace

import cv2
import numpy as np
from numpy.random import Generator

from deepsign_helpers import tables
from deepsign_helpers.synthesis.ink import CANVAS, FAINTEST, draw
from deepsign_helpers.synthesis.kinematics import Trace
from deepsign_helpers.synthesis.scripts import read_table

PAPER = 255
DARKEST = 25
GREY_STEP = 5  # 47 greys: a third less to store than 256, and no figure of the course notices
WORDS = ("Signature", "Unterschrift", "Name", "Date", "Signature and date", "Date, signature")

DOMAINS = ("clean", "office", "phone", "fax", "box")


def render(
    trace: Trace, rng: Generator, size: tuple[int, int] = (256, 512), domain: str = "clean"
) -> np.ndarray:
    """Draw a trace and scan it.

    Parameters
    ----------
    trace : Trace
    rng : numpy.random.Generator
    size : (height, width) in pixels; they stand for 60 × 120 mm. A larger signature is made to fit.
    domain : "clean" | "office" | "phone" | "fax" | "box"

    Returns
    -------
    uint8 array, shape `size`
        Paper light (255 in `clean`), ink dark.

    Raises
    ------
    ValueError
        If the domain is none of these, or the pen never touches the paper.
    """
    return render_with_truth(
        replace(trace, deviation=np.zeros_like(trace.deviation)), rng, size, domain
    )[0]


def render_with_truth(
    trace: Trace, rng: Generator, size: tuple[int, int] = (256, 512), domain: str = "clean"
):
    """Return `render`'s image, and at each of its pixels the mm by which the ink there strays: float32, 0 elsewhere."""
    return scan(*draw(trace, rng, size), rng, domain)


def scan(
    ink: np.ndarray, deviation: np.ndarray, rng: Generator, domain: str
) -> tuple[np.ndarray, np.ndarray]:
    """Put ink on a paper and look at it through a scanner; both are drawn for this image, whoever wrote it.

    Except for `clean`, `scanners.json` says from where to where each quality of them is drawn, evenly, and in which
    units.

    Parameters
    ----------
    ink, deviation : float32 arrays, shape (height, width)
        As `draw` returns them.
    domain : str, one of `DOMAINS`

    Returns
    -------
    uint8 image, float32 deviation, which is turned and tilted as the image is

    Raises
    ------
    ValueError
        If the domain is not known.
    """
    tables.require_known("domain", [domain], DOMAINS)
    if domain == "clean":
        return (PAPER - GREY_STEP * np.round((PAPER - DARKEST) / GREY_STEP * ink)).astype(
            np.uint8
        ), deviation
    look = {name: rng.uniform(*ends[domain]) for name, ends in read_table("scanners").items()}
    size, across = ink.shape, ink.shape[::-1]
    pixels_per_mm = min(np.divide(size, CANVAS))
    sheet = (1 - look["ink"] * ink) * (1 - look["print"] * form(ink, pixels_per_mm, rng, domain))
    matrix = view(size, look["turn"], look["tilt"], rng)
    sheet = cv2.warpPerspective(
        sheet.astype(np.float32), matrix, across, borderMode=cv2.BORDER_REPLICATE
    )
    if deviation.any():
        deviation = cv2.warpPerspective(deviation, matrix, across)
    scene = (
        sheet
        * light(size, look["shade"], rng)
        * (look["paper"] + look["grain"] * texture(size, rng))
    )
    scene = cv2.GaussianBlur(scene, (0, 0), look["blur"] * pixels_per_mm + 1e-3)
    fineness = min(1, 1 / (look["pixel"] * pixels_per_mm))
    coarse = cv2.resize(
        scene, [max(1, round(side * fineness)) for side in across], interpolation=cv2.INTER_AREA
    )
    coarse += look["noise"] * rng.standard_normal(coarse.shape, np.float32)
    if domain == "fax":
        return cv2.resize(transmit(coarse, rng), across, interpolation=cv2.INTER_NEAREST), deviation
    quality = [cv2.IMWRITE_JPEG_QUALITY, int(look["quality"])]
    encoded = cv2.imencode(".jpg", coarse.clip(0, 255).astype(np.uint8), quality)[1]
    return cv2.resize(cv2.imdecode(encoded, cv2.IMREAD_GRAYSCALE), across), deviation


def form(ink: np.ndarray, pixels_per_mm: float, rng: Generator, domain: str) -> np.ndarray:
    """Print what a form has about a signature: in `box` a box, a label and rules, elsewhere one of these or nothing."""
    printed, room = np.zeros(ink.shape, np.uint8), np.array(ink.shape[::-1] * 2)
    left, top, width, height = cv2.boundingRect((ink > FAINTEST).astype(np.uint8))
    loose = (
        rng.uniform(-1.5, 7, 4) * pixels_per_mm
    )  # a signature does not always keep within its box
    corners = np.array([left, top, left + width, top + height]) + loose * (-1, -1, 1, 1)
    x0, y0, x1, y1 = np.clip(corners, 0.03 * room, 0.97 * room).astype(int).tolist()
    thick = max(1, round(rng.uniform(0.15, 0.45) * pixels_per_mm))
    chosen = rng.random(5) < (1, 0, 0.7, 1, 0.5) if domain == "box" else rng.permutation(10)[:5] < 1
    box, edge, rule, label, ruling = chosen
    baseline, letters = (
        int(top + rng.uniform(0.6, 0.95) * height),
        rng.uniform(2.0, 3.0) * pixels_per_mm,
    )
    if box:
        cv2.rectangle(printed, (x0, y0), (x1, y1), 255, thick)
    if edge:
        cv2.rectangle(printed, (x0, -9), (2 * room[0], y1), 255, thick)
    if rule:
        cv2.line(printed, (x0, baseline), (x1, baseline), 255, thick)
    if label:
        at = (x0 + 2 * thick, int((y0 + 1.5 * letters, y1 - letters / 2)[rng.integers(2)]))
        look = (cv2.FONT_HERSHEY_SIMPLEX, letters / 21, 255, thick, cv2.LINE_AA)
        cv2.putText(printed, str(rng.choice(WORDS)), at, *look)
    if ruling:
        printed[y1 :: max(2, int(8 * pixels_per_mm))] |= 160
    return printed / np.float32(255)


def view(size: tuple[int, int], turn: float, tilt: float, rng: Generator) -> np.ndarray:
    """Return the 3×3 matrix that turns a page by so many degrees and draws its corners in, as a tilted camera does."""
    height, width = size
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    drawn_in = corners + tilt * rng.random((4, 2)) * (np.array([width, height]) / 2 - corners) * 2
    turned = (
        cv2.getRotationMatrix2D((width / 2, height / 2), turn, 1.0) @ np.c_[drawn_in, np.ones(4)].T
    )
    return cv2.getPerspectiveTransform(corners, turned.T.astype(np.float32))


def light(size: tuple[int, int], shade: float, rng: Generator) -> np.ndarray:
    """Return how bright a page is lit, from 1 − shade to 1: a slow fall to one side, or a shadow with a soft edge."""
    angle, sharpness = rng.uniform(0, 2 * np.pi), rng.uniform(0.8, 3.5)
    y, x = np.ogrid[-1 : 1 : size[0] * 1j, -1 : 1 : size[1] * 1j]
    uneven = cv2.resize(rng.normal(0, 0.15, (3, 4)), size[::-1], interpolation=cv2.INTER_CUBIC)
    depth = sharpness * (np.cos(angle) * x + np.sin(angle) * y + uneven)
    return 1 - np.float32(shade) / (1 + cv2.exp(-depth.astype(np.float32)))


def texture(size: tuple[int, int], rng: Generator) -> np.ndarray:
    """Return the grain of paper: float32 noise of mean 0, in clumps of two pixels."""
    clumps = rng.standard_normal([side // 2 + 1 for side in size], np.float32)
    return cv2.resize(clumps, size[::-1], interpolation=cv2.INTER_LINEAR)


def transmit(gray: np.ndarray, rng: Generator) -> np.ndarray:
    """Fax a page: black or white, with specks of toner and rows that got lost."""
    bits = np.where(gray > rng.uniform(0.6, 0.78) * np.median(gray), 255, 0).astype(np.uint8)
    for x, y in rng.integers(0, bits.shape[::-1], (rng.poisson(5), 2)):
        cv2.circle(bits, (int(x), int(y)), int(rng.integers(1, 3)), 0, -1)
    bits[rng.random(len(bits)) < 0.004] = 255
    return bits
