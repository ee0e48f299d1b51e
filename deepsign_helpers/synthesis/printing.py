"""Print: words that mean nothing, set in a typeface that every machine with Matplotlib has."""

import functools
from pathlib import Path

import cv2
import numpy as np
from numpy.random import Generator
from PIL import Image, ImageDraw, ImageFont

from deepsign_helpers.synthesis.scripts import latin_word

# Matplotlib brings these files, so none is shipped here and no machine's own fonts matter; OpenCV's
# letters are a plotter's, single lines that resemble handwriting more than print.
TYPEFACES = ("DejaVuSans", "DejaVuSans-Bold", "DejaVuSerif", "DejaVuSerif-Italic", "DejaVuSansMono")
LEADING = 1.3  # from one line to the next, in heights of the type
SMALLEST = 4  # pixels; smaller type is a smear, however it is drawn


@functools.cache
def typeface(name: str, height: int) -> ImageFont.FreeTypeFont:
    """Load one of `TYPEFACES`, so many pixels high."""
    import matplotlib

    path = Path(matplotlib.get_data_path(), "fonts", "ttf", f"{name}.ttf")
    return ImageFont.truetype(path, height, layout_engine=ImageFont.Layout.BASIC)


def sample_typeface(height: float, rng: Generator) -> ImageFont.FreeTypeFont:
    """Draw a typeface of about so many pixels."""
    return typeface(str(rng.choice(TYPEFACES)), max(SMALLEST, round(height)))


def sample_line(characters: int, rng: Generator) -> str:
    """Invent words until a line is so long; some have a capital, some a comma, some are numbers."""
    line = ""
    while len(line) < characters:
        word = latin_word(int(rng.integers(2, 10)), rng)
        chance = rng.random()
        if chance < 0.75:
            word = word.lower()
        elif chance > 0.93:
            word = str(rng.integers(1, 3000))
        line += word + (", " if rng.random() < 0.1 else " ")
    return line.strip()


def print_lines(lines: list[str], font: ImageFont.FreeTypeFont) -> np.ndarray:
    """Print some lines flush left: float32, as large as they are, from 0 (nothing) to 1."""
    step = round(LEADING * font.size)
    width = int(max(font.getlength(line) for line in lines)) + 4
    block = Image.new("L", (width, step * len(lines) + 2))
    pen = ImageDraw.Draw(block)
    for number, line in enumerate(lines):
        pen.text((2, 1 + number * step), line, fill=255, font=font)
    return np.asarray(block, np.float32) / 255


def sample_paragraph(width: float, lines: int, height: float, rng: Generator) -> np.ndarray:
    """Print a paragraph of so many lines, each about as wide as said; lengths in pixels."""
    font = sample_typeface(height, rng)
    characters = max(4, int(width / font.getlength("mean of it") * 10))
    ragged = rng.uniform(0.88, 1.0, lines)
    ragged[-1] *= rng.uniform(0.3, 1.0)  # the last line ends where the sentence does
    return print_lines([sample_line(int(characters * share), rng) for share in ragged], font)


def sample_stamp(pixels_per_mm: float, rng: Generator) -> np.ndarray:
    """Draw a rubber stamp, round or boxed, its ink uneven: float32 from 0 to 1."""
    draw_stamp = round_stamp if rng.random() < 0.5 else boxed_stamp
    stamp = draw_stamp(pixels_per_mm, rng)
    # Rubber takes up ink in patches, and gives it off in specks.
    height, width = stamp.shape
    patches = cv2.resize(rng.normal(0, 1, (5, 6)).astype(np.float32), (width, height))
    specks = cv2.GaussianBlur(rng.standard_normal(stamp.shape, np.float32), (0, 0), 0.8)
    inked = 0.85 + rng.uniform(0.05, 0.25) * patches + rng.uniform(0.2, 0.8) * specks
    return stamp * np.clip(inked, 0.1, 1)


def round_stamp(pixels_per_mm: float, rng: Generator) -> np.ndarray:
    """Draw two rings with words between them, and a number in the middle."""
    radius = rng.uniform(10, 17) * pixels_per_mm
    band = rng.uniform(0.24, 0.32) * radius  # in which the words stand
    thick = rng.uniform(0.4, 0.9) * pixels_per_mm
    side = int(2 * radius + 6)
    stamp = np.zeros((side, side), np.float32)
    centre = (side / 2, side / 2)
    ring(stamp, centre, radius, thick)
    ring(stamp, centre, radius - 1.45 * band, thick / 2)

    # Words stand in a strip whose rows are radii and whose columns are angles; then it is bent.
    font = sample_typeface(band, rng)
    around = 2 * np.pi * (radius - band)
    words = sample_line(int(0.8 * around / font.getlength("mean of it") * 10), rng).upper()
    printed = print_lines([words], font)
    strip = np.zeros((round(around), side // 2), np.float32)  # (angles, radii)
    outwards = printed[::-1].T  # a letter's head lies outside
    length = min(len(outwards), len(strip))
    inner = round(radius - 1.3 * band)
    outer = min(inner + outwards.shape[1], side // 2)
    strip[:length, inner:outer] = outwards[:length, : outer - inner]
    bend = cv2.WARP_INVERSE_MAP + cv2.WARP_FILL_OUTLIERS
    bent = cv2.warpPolar(strip, (side, side), centre, side / 2, bend)
    stamp = np.maximum(stamp, bent)
    number = sample_number(rng)
    room = 1.6 * (radius - 1.6 * band)  # within the inner ring, across
    return paste_in_the_middle(
        stamp, print_lines(number, sample_typeface(1.5 * room / len(number[0]), rng))
    )


def ring(stamp: np.ndarray, centre: tuple[float, float], radius: float, thick: float) -> None:
    """Draw a ring on a stamp, everything in pixels."""
    middle = tuple(int(16 * value) for value in centre)
    reach = int(16 * max(radius - thick / 2, 1))
    cv2.circle(stamp, middle, reach, 1.0, max(1, round(thick)), cv2.LINE_AA, shift=4)


def sample_number(rng: Generator) -> list[str]:
    """Draw a date or a number of a register: one line."""
    day, month = rng.integers(1, [29, 13])
    dated = f"{day:02d}.{month:02d}.{rng.integers(1990, 2030)}"
    return [dated if rng.random() < 0.6 else f"{rng.integers(100, 99999)}"]


def paste_in_the_middle(stamp: np.ndarray, printed: np.ndarray) -> np.ndarray:
    """Return a stamp with something printed in its middle, as far as there is room."""
    rows, columns = np.minimum(printed.shape, stamp.shape)
    top, left = (np.array(stamp.shape) - (rows, columns)) // 2
    stamp[top : top + rows, left : left + columns] += printed[:rows, :columns]
    return np.minimum(stamp, 1)


def boxed_stamp(pixels_per_mm: float, rng: Generator) -> np.ndarray:
    """Draw a box, or one with rounded corners cut off, around two or three lines of capitals."""
    font = sample_typeface(rng.uniform(3, 5) * pixels_per_mm, rng)
    characters = int(rng.integers(8, 16))
    lines = [sample_line(characters, rng).upper() for _ in range(rng.integers(1, 3))]
    printed = print_lines(lines + sample_number(rng), font)
    thick = max(1, round(rng.uniform(0.4, 0.9) * pixels_per_mm))
    edge = 3 * thick + 2
    stamp = cv2.copyMakeBorder(printed, edge, edge, edge, edge, cv2.BORDER_CONSTANT, value=0)
    height, width = stamp.shape
    far = (width - thick - 2, height - thick - 2)
    cv2.rectangle(stamp, (thick + 1, thick + 1), far, 1.0, thick)
    return stamp
