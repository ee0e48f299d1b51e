"""What looks at a page: its lens, its light, its sensor, drawn for one image."""

import functools
import json
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.random import Generator

# What a fax takes for full ink: the darkest pixels of a page, this share of all.
DARKEST = 0.005
# Of the paper's grey: what is fainter is its noise.
FAINTEST = 0.2


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


def fineness_of(scanner: Scanner, pixels_per_mm: float) -> float:
    """Return the pixels of a sensor for each one of an image, at most 1: never is it finer."""
    return min(1.0, 1 / (scanner.pixel * pixels_per_mm))


def expose(scene: np.ndarray, scanner: Scanner, pixels_per_mm: float, rng: Generator) -> np.ndarray:
    """Return what lens and sensor make of a scene of greys: float32, in the sensor's own pixels.

    The lens blurs, each pixel adds noise.
    """
    blurred = cv2.GaussianBlur(scene, (0, 0), scanner.blur * pixels_per_mm + 1e-3)
    fineness = fineness_of(scanner, pixels_per_mm)
    across = scene.shape[::-1]  # OpenCV counts the width first
    size = [max(1, round(side * fineness)) for side in across]
    coarse = cv2.resize(blurred, size, interpolation=cv2.INTER_AREA)
    coarse += scanner.noise * rng.standard_normal(coarse.shape, np.float32)
    return coarse


def compress(gray: np.ndarray, quality: float) -> np.ndarray:
    """Return greys as they come back from a JPEG of a quality of 0 to 100: uint8."""
    settings = [cv2.IMWRITE_JPEG_QUALITY, int(quality)]
    _, encoded = cv2.imencode(".jpg", gray.clip(0, 255).astype(np.uint8), settings)
    return cv2.imdecode(encoded, cv2.IMREAD_GRAYSCALE)


def transmit(gray: np.ndarray, rng: Generator) -> np.ndarray:
    """Fax a page: black or white, with specks of toner and rows that got lost."""
    paper = np.median(gray)
    darkest = np.quantile(gray, DARKEST)
    contrast = rng.uniform(0.24, 0.44) * (paper - darkest)
    threshold = paper - max(contrast, FAINTEST * paper)
    bits = np.where(gray > threshold, 255, 0).astype(np.uint8)
    specks = rng.poisson(5)
    for x, y in rng.integers(0, bits.shape[::-1], (specks, 2)):
        radius = int(rng.integers(1, 3))
        cv2.circle(bits, (int(x), int(y)), radius, 0, -1)
    lost = rng.random(len(bits)) < 0.004
    bits[lost] = 255
    return bits
