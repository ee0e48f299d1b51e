"""Paper and scanner: what lies under the ink and what looks at it."""

from dataclasses import replace

import cv2
import numpy as np
from numpy.random import Generator

from deepsign_helpers import tables
from deepsign_helpers.synthesis.ink import FAINTEST, Pen, draw, resolution_of
from deepsign_helpers.synthesis.kinematics import Trace
from deepsign_helpers.synthesis.pages import PAGES, SEEN_BY, look
from deepsign_helpers.synthesis.scanners import (
    Scanner,
    compress,
    expose,
    light,
    sample_scanner,
    texture,
    transmit,
    view,
)
from deepsign_helpers.synthesis.writers import sample_writer

PAPER = 255
DARKEST = 25
GREY_STEP = 5  # 47 greys: a third less to store than 256, and no figure of the course notices
WORDS = ("Signature", "Unterschrift", "Name", "Date", "Signature and date", "Date, signature")

SCANS = ("clean", "office", "phone", "fax", "box")  # ways from paper to pixels
DOMAINS = SCANS + PAGES  # and what else there may be on a page

# What may be printed about a signature, and how often it is on a form with a box.
PRINTED = {"box": 1.0, "edge": 0.0, "rule": 0.7, "label": 1.0, "ruling": 0.5}


def render(
    trace: Trace,
    rng: Generator,
    size: tuple[int, int] = (256, 512),
    domain: str = "clean",
    pen: Pen | None = None,
    scanner: Scanner | None = None,
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
    domain : str, one of `DOMAINS`
        The way from paper to pixels: "clean", "office", "phone" and "fax" say what scans, "box" is
        a form with a printed box. The others are scanned in an office or photographed, and have
        something besides the signature: a "desk" or a scanner's black "rim" about the sheet, a
        "stamp", a line or paragraph of "text", somebody else's signature ("two"), a "shadow" with
        an edge, a tinted "field", a "rule" or a "dotted" line to sign on, "crumbs" and hairs.
    pen : Pen, optional
        Drawn for this image if left out.
    scanner : Scanner, optional
        Paper and scanner, as `sample_scanner` draws them for this domain; drawn for this image if
        left out.

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
    ink, deviation = draw(without_truth, rng, size, pen)
    image, _ = scan(ink, deviation, rng, domain, scanner=scanner)
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
    >>> bool(deviation.max() > 0.5)  # mm, where it strays most
    True
    """
    ink, deviation = draw(trace, rng, size)
    return scan(ink, deviation, rng, domain)


def render_with_ink(
    trace: Trace, rng: Generator, size: tuple[int, int] = (256, 512), domain: str = "clean"
) -> tuple[np.ndarray, np.ndarray]:
    """Draw a trace and scan it; say of each pixel how much of the signature's own ink is there.

    Parameters
    ----------
    trace, rng, size, domain
        As for `render`.

    Returns
    -------
    image : uint8 array, shape `size`
        The same as `render` returns for the same seed.
    ink : float32 array, shape `size`, from 0 (none) to 1
        Of this signature: neither of print, stamps and dirt, nor of a second one beside it.

    Raises
    ------
    ValueError
        As for `render`.

    See Also
    --------
    render_with_truth : says how far the ink strays.

    Examples
    --------
    >>> from deepsign_helpers import synthesis
    >>> writer = synthesis.sample_writer(np.random.default_rng(40))
    >>> trace = writer.sign(np.random.default_rng(1))
    >>> image, ink = render_with_ink(trace, np.random.default_rng(9), domain="stamp")
    >>> bool(image[ink > 0.5].mean() < image.mean())  # ink is darker than the page and its stamp
    True
    """
    ink, _ = draw(trace, rng, size)
    return scan(ink, ink, rng, domain)


def render_empty(
    rng: Generator, size: tuple[int, int] = (256, 512), domain: str = "clean"
) -> np.ndarray:
    """Scan a page on which nobody has signed, with all that its domain has besides.

    Parameters
    ----------
    rng, size, domain
        As for `render`.

    Returns
    -------
    uint8 array, shape `size`

    Raises
    ------
    ValueError
        If the domain is none of `DOMAINS`.

    Examples
    --------
    >>> set(render_empty(np.random.default_rng(0)).ravel().tolist())
    {255}
    """
    # A page is laid out about a signature; this one was written with a dry pen.
    ink, _ = draw(sample_writer(rng).sign(rng), rng, size)
    image, _ = scan(ink, np.zeros_like(ink), rng, domain, written=False)
    return image


def scan(
    ink: np.ndarray,
    truth: np.ndarray,
    rng: Generator,
    domain: str,
    written: bool = True,
    scanner: Scanner | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Put ink on a paper and look at it through a scanner; both are drawn for this image.

    Parameters
    ----------
    ink : float array, shape (height, width)
        As `draw` returns it.
    truth : float array, shape (height, width)
        What is known of each pixel: how far its ink strays, or the ink itself.
    rng : numpy.random.Generator
        Knows nothing of who wrote.
    domain : str, one of `DOMAINS`
        Anything but "clean" has paper, print, light, lens and noise.
    written : bool
        If not, all is as it would be, but no ink is seen.
    scanner : Scanner, optional
        As `choose_scanner` draws one, which is done here if it is left out.

    Returns
    -------
    image : uint8 array, shape (height, width)
    truth : float array, shape (height, width)
        Turned and tilted as the image is.

    Raises
    ------
    ValueError
        If the domain is not known.
    """
    tables.require_known("domain", [domain], DOMAINS)
    if domain == "clean":
        return scan_cleanly(ink if written else np.zeros_like(ink)), truth
    if scanner is None:
        scanner = choose_scanner(domain, rng)
    if not written:
        scanner = replace(scanner, ink=0.0)
    if domain in PAGES:
        scene, truth, pixels_per_mm = look(domain, ink, truth, scanner, rng)
    else:
        scene, truth, pixels_per_mm = look_at_form(domain, ink, truth, scanner, rng)
    coarse = expose(scene, scanner, pixels_per_mm, rng)
    across = ink.shape[::-1]  # OpenCV counts the width first
    if domain == "fax":
        received = transmit(coarse, rng)
        return cv2.resize(received, across, interpolation=cv2.INTER_NEAREST), truth
    return cv2.resize(compress(coarse, scanner.quality), across), truth


def choose_scanner(domain: str, rng: Generator) -> Scanner | None:
    """Draw the paper and the scanner for a domain; "clean" has none."""
    if domain == "clean":
        return None
    seen_by = str(rng.choice(SEEN_BY[domain])) if domain in PAGES else domain
    return sample_scanner(seen_by, rng)


def look_at_form(
    domain: str, ink: np.ndarray, truth: np.ndarray, scanner: Scanner, rng: Generator
) -> tuple[np.ndarray, np.ndarray, float]:
    """Print a form about a signature and look at it; return as `pages.look` does."""
    size = ink.shape
    across = size[::-1]
    pixels_per_mm = resolution_of(size)

    # The share of light that ink and print throw back; then the page as it lies on the glass.
    printed = form(ink, pixels_per_mm, rng, domain)
    sheet = (1 - scanner.ink * ink) * (1 - scanner.print * printed)
    matrix = view(size, scanner.turn, scanner.tilt, rng)
    border = cv2.BORDER_REPLICATE
    sheet = cv2.warpPerspective(sheet.astype(np.float32), matrix, across, borderMode=border)
    if truth.any():
        truth = cv2.warpPerspective(truth, matrix, across)

    # Greys, (height, width): the light on the sheet, and what the paper makes of it.
    lit = sheet * light(size, scanner.shade, rng)
    scene = lit * (scanner.paper + scanner.grain * texture(size, rng))
    return scene, truth, pixels_per_mm


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
