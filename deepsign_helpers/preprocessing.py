"""From any scan to the encoder's input: read, clean, straighten, crop, fit and normalise one signature."""

import io
import math
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageChops, ImageOps, UnidentifiedImageError

FORMATS = ("PNG", "JPEG", "TIFF", "BMP")  # no others: Pillow would start Ghostscript for an uploaded PostScript file
FIRST_BYTES = (b"\x89PNG", b"\xff\xd8\xff", b"II*\0", b"MM\0*", b"BM")
SHORTEST_SIDE = 16  # pixels of a scan
LEAST_INK, MOST_INK = 0.0002, 0.6  # shares of the scan
NO_INK = "no ink found; is the page blank or the contrast very low?"


class ImageError(ValueError):
    """Say in one sentence, with the image's name and a cure, why no signature can be taken from it."""


def read_gray(path_or_bytes: str | Path | bytes, name: str = "") -> np.ndarray:
    """Read a scan as grey levels.

    PNG, JPEG, TIFF (first page) and BMP; 1, 8 or 16 bits; grey, colour, palette or CMYK. Transparency is laid over
    white, a camera's rotation (EXIF) is undone, and the size is checked in the header, before anything is decoded.

    Parameters
    ----------
    path_or_bytes : path of a file, or its content
    name : what error messages call the image; by default the path

    Returns
    -------
    uint8 array (height, width), black 0, white 255

    Raises
    ------
    ImageError
        If the file is missing, empty, damaged or not an image, has more than 50 megapixels or a side under 16 px.
    """
    is_content = isinstance(path_or_bytes, bytes)
    name = name or ("image" if is_content else str(path_or_bytes))
    try:
        with io.BytesIO(path_or_bytes) if is_content else Path(path_or_bytes).open("rb") as stream:
            return _decode(stream, name)
    except OSError as error:
        raise ImageError(f"{name}: cannot be opened ({error.strerror}); is the path right?") from error


def _decode(stream: io.BufferedIOBase, name: str) -> np.ndarray:
    """Return the grey levels of an opened file, or an `ImageError` whatever the decoder stumbles over.

    Pillow goes back to the start of the file itself, whenever it opens one.
    """
    first_bytes = stream.read(8)
    if not first_bytes:
        raise ImageError(f"{name}: the file is empty; save or copy it again.")
    try:
        with Image.open(stream, formats=FORMATS) as image:
            _check_size(image.height, image.width, name)
            image.verify()  # the checksums of a PNG: decoding would pass over them
        with Image.open(stream, formats=FORMATS) as image:
            if image.mode in ("I", "F", "LAB"):
                problem = f"stores its levels in a way ({image.mode}) that does not say what is white"
                raise ImageError(f"{name}: {problem}; save it in 8 or 16 bits, grey or colour.")
            # Photoshop stores CMYK inverted and says so; Pillow inverts every CMYK JPEG, said or not.
            is_mistaken = image.format == "JPEG" and image.mode == "CMYK" and "adobe" not in image.info
            upright = ImageOps.exif_transpose(image)
            return _gray_levels(ImageChops.invert(upright) if is_mistaken else upright)
    except ImageError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ImageError(f"{name}: has more than 50 megapixels; crop it or scan it at 300 dpi.") from error
    except Exception as error:  # decoders raise a dozen kinds of errors on damaged data
        if isinstance(error, UnidentifiedImageError) and not first_bytes.startswith(FIRST_BYTES):
            raise ImageError(f"{name}: is not an image that can be read; save it as PNG, JPEG, TIFF or BMP.") from error
        raise ImageError(f"{name}: the image is damaged or cut short; copy or scan it again.") from error


def _check_size(height: int, width: int, name: str) -> None:
    if height * width > 50_000_000:
        raise ImageError(f"{name}: has more than 50 megapixels; crop it or scan it at 300 dpi.")
    if min(height, width) < SHORTEST_SIDE:
        raise ImageError(f"{name}: is {height} × {width} px, under 16 px; scan it at a higher resolution.")


def _gray_levels(image: Image.Image) -> np.ndarray:
    """Return grey levels of an image of any mode, transparency laid over white."""
    if image.mode.startswith("I;16"):
        levels = np.array(image)
        levels[levels == image.info.get("transparency", 65535)] = 65535
        return np.round(levels / 257).astype(np.uint8)
    if image.has_transparency_data:
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image.convert("RGBA"))
    return np.array(image.convert("L"))


def _shrink(gray: np.ndarray, longest_side: int) -> np.ndarray:
    """Return the image with no side longer than the given number of pixels; a smaller one is not enlarged."""
    scale = min(1, longest_side / max(gray.shape))
    height, width = (max(1, round(side * scale)) for side in gray.shape)
    return cv2.resize(gray, (width, height), interpolation=cv2.INTER_AREA)


def estimate_paper(gray: np.ndarray) -> np.ndarray:
    """Estimate how bright the bare paper is at each pixel, under a shadow or towards a yellowed edge.

    Shrunk to 64 pixels, strokes all but dissolve; a closing (brightest neighbour, then darkest) fills what is left
    of them, up to a quarter of the width; a blur smooths it. An area darker than half the brightest is not paper.

    Parameters
    ----------
    gray : uint8 (height, width)

    Returns
    -------
    uint8 array of the same shape, at least 1
    """
    coarse = cv2.morphologyEx(_shrink(gray, 64), cv2.MORPH_CLOSE, np.ones((15, 15), np.uint8))
    coarse = cv2.GaussianBlur(coarse, (7, 7), 0)
    coarse = np.maximum(coarse, max(1, 0.5 * coarse.max())).astype(np.uint8)
    return cv2.resize(coarse, gray.shape[::-1], interpolation=cv2.INTER_LINEAR)


def remove_background(gray: np.ndarray) -> np.ndarray:
    """Make the paper exactly 255 and leave the ink its grey levels, relative to the paper under it.

    The scan is divided by its paper; Otsu's threshold, taken on a lightly blurred copy, tells ink from paper. A page
    whose two classes differ by under 20 grey levels has no ink: all of it becomes paper.

    Parameters
    ----------
    gray : uint8 (height, width)

    Returns
    -------
    uint8 array of the same shape, paper 255

    References
    ----------
    N. Otsu, A threshold selection method from gray-level histograms, 1979, doi:10.1109/TSMC.1979.4310076.
    """
    even = cv2.divide(gray, estimate_paper(gray), scale=255)
    _, paper = cv2.threshold(cv2.GaussianBlur(even, (3, 3), 0), 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    ink_level, paper_level = (cv2.mean(even, mask=mask)[0] for mask in (cv2.bitwise_not(paper), paper))
    if paper_level - ink_level < 20:
        return np.full_like(gray, 255)
    return cv2.bitwise_or(even, paper)


def remove_specks(gray: np.ndarray) -> np.ndarray:
    """Make dust paper: groups of ink that are small (2 % of all ink) and far (1/12 of the scan) from all other ink.

    The dot of an i is small but near its letter, a second word is far but large: both stay. So does the largest group.

    Parameters
    ----------
    gray : uint8 (height, width), paper exactly 255

    Returns
    -------
    uint8 array of the same shape, paper 255
    """
    ink = (gray < 255).astype(np.uint8)
    reach = max(3, round(max(gray.shape) / 12))
    count, groups = cv2.connectedComponents(cv2.dilate(ink, np.ones((reach, reach), np.uint8)))
    if count <= 2:  # the paper and one group
        return gray
    ink_of_group = np.bincount(groups[ink > 0], minlength=count)
    is_speck = ink_of_group < min(0.02 * ink_of_group.sum(), ink_of_group.max())
    return np.where(is_speck[groups], np.uint8(255), gray)


def skew_angle(gray: np.ndarray) -> float:
    """Estimate how far the line of writing falls from the horizontal.

    The slope of the least-squares line through the ink, times 1 − (spread down / spread across)⁴: the rounder a
    signature, the less its line says, and one as tall as wide is left alone.

    Parameters
    ----------
    gray : uint8 (height, width), paper exactly 255

    Returns
    -------
    float in [-20, 20]
        Degrees, positive where the line falls to the right; 0 where there is no ink.
    """
    moments = cv2.moments((gray < 255).astype(np.uint8), binaryImage=True)
    across, down = moments["mu20"], moments["mu02"]  # sums of squared distances from the centre of the ink
    if across <= down:
        return 0.0
    slope = moments["mu11"] / across * (1 - (down / across) ** 2)
    return float(np.clip(np.degrees(np.arctan(slope)), -20, 20))


def rotate(gray: np.ndarray, angle: float) -> np.ndarray:
    """Turn an image anticlockwise on a canvas that grows, so that nothing is cut off; new corners are paper.

    Parameters
    ----------
    gray : uint8 (height, width), paper 255
    angle : degrees

    Returns
    -------
    uint8 array, as large as the turned image
    """
    height, width = gray.shape
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), angle, 1.0)
    cosine, sine = np.abs(matrix[0, :2])
    new_width = math.ceil(width * cosine + height * sine - 1e-6)  # a quarter turn's cosine is not quite 0
    new_height = math.ceil(width * sine + height * cosine - 1e-6)
    matrix[:, 2] += (new_width - width) / 2, (new_height - height) / 2
    return cv2.warpAffine(gray, matrix, (new_width, new_height), flags=cv2.INTER_LINEAR, borderValue=255)


def deskew(gray: np.ndarray) -> np.ndarray:
    """Turn the line of writing level, by at most 20°; leave a signature without a clear line alone.

    Parameters
    ----------
    gray : uint8 (height, width), paper exactly 255

    Returns
    -------
    uint8 array, as large as the turned image, paper 255
    """
    return rotate(gray, skew_angle(gray))


def crop_to_ink(gray: np.ndarray, name: str = "") -> np.ndarray:
    """Cut the image to the smallest upright box that holds all ink.

    Parameters
    ----------
    gray : uint8 (height, width), paper exactly 255
    name : what error messages call the image

    Raises
    ------
    ImageError
        If there is no ink.
    """
    left, top, width, height = cv2.boundingRect((gray < 255).astype(np.uint8))
    if not width:
        raise ImageError(f"{name or 'image'}: {NO_INK}")
    return gray[top : top + height, left : left + width]


def fit_to(gray: np.ndarray, size: tuple[int, int], fit: str = "halfway") -> np.ndarray:
    """Scale an image into a box, centred, with paper around it.

    Parameters
    ----------
    gray : uint8 (height, width), paper 255
    size : (height, width) of the box in pixels
    fit : "aspect" keeps the proportions and pads; "halfway" scales each side by the geometric mean of that scale and
        the one that would fill the box. Stretched entirely, every signature would have the same proportions.

    Returns
    -------
    uint8 array of shape `size`, paper 255

    Raises
    ------
    ValueError
        If `fit` is neither.
    """
    if fit not in ("aspect", "halfway"):
        raise ValueError(f"fit: {fit!r} is unknown; use 'aspect' or 'halfway'.")
    filling = [box_side / side for box_side, side in zip(size, gray.shape, strict=True)]
    scales = [min(filling) if fit == "aspect" else math.sqrt(min(filling) * scale) for scale in filling]
    height, width = (max(1, round(side * scale)) for side, scale in zip(gray.shape, scales, strict=True))
    # Averaging over areas loses no thin stroke, but only where it shrinks; what grows is interpolated afterwards.
    scaled = cv2.resize(gray, (min(width, gray.shape[1]), min(height, gray.shape[0])), interpolation=cv2.INTER_AREA)
    return centre(cv2.resize(scaled, (width, height), interpolation=cv2.INTER_LINEAR), size)


def centre(gray: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Return a sheet of paper (255) of `size`, (height, width), with an image that is no larger in its middle."""
    return np.pad(gray, [(gap // 2, gap - gap // 2) for gap in np.subtract(size, gray.shape)], constant_values=255)


def normalise(gray: np.ndarray) -> np.ndarray:
    """Turn grey levels into ink: paper 0.0, the darkest twentieth of the ink 1.0.

    Parameters
    ----------
    gray : uint8 (height, width), paper exactly 255

    Returns
    -------
    float32 array (height, width, 1) in [0, 1]
    """
    darkness = 255 - gray
    inked = darkness[darkness > 0]
    darkest = np.quantile(inked, 0.95) if len(inked) else 255
    return np.minimum(darkness / np.float32(darkest), np.float32(1))[..., np.newaxis]


def prepare(image: np.ndarray, size: tuple[int, int] = (128, 256), fit: str = "halfway", name: str = "") -> np.ndarray:
    """Turn a scan into the encoder's input: background, specks, skew, margins, size and ink level removed.

    Parameters
    ----------
    image : uint8 (height, width), paper light and ink dark, as `read_gray` returns it
    size : (height, width) of the result in pixels
    fit : "aspect" or "halfway", see `fit_to`
    name : what error messages call the image

    Returns
    -------
    float32 array (height, width, 1), paper exactly 0.0, ink up to 1.0

    Raises
    ------
    ImageError
        If the array is not a grey image, is too small or too large, holds no ink or hardly anything but ink.
    """
    name = name or "image"
    if not isinstance(image, np.ndarray) or image.dtype != np.uint8 or image.ndim != 2:
        found = f"{image.dtype} {image.shape}" if isinstance(image, np.ndarray) else type(image).__name__
        raise ImageError(f"{name}: is {found}, not uint8 (height, width); read the file with read_gray.")
    _check_size(*image.shape, name)
    if image.mean() < 64:  # there is no paper to speak of
        raise ImageError(f"{name}: nearly all of it is dark; is the scan inverted or underexposed?")
    clean = remove_background(_shrink(image, 2048))  # a signature across a quarter of a page still has 400 pixels
    ink = np.count_nonzero(clean < 255) / clean.size
    if ink < LEAST_INK:
        raise ImageError(f"{name}: {NO_INK}")
    if ink > MOST_INK:
        raise ImageError(f"{name}: {ink:.0%} of it is ink; is the scan inverted, or a photograph of something else?")
    return normalise(fit_to(crop_to_ink(deskew(remove_specks(clean)), name), size, fit))


def prepare_file(path_or_bytes: str | Path | bytes, size: tuple[int, int], fit: str, name: str) -> np.ndarray:
    """Read a scan and prepare it: `read_gray`, then `prepare`, whose parameters, result and errors it shares."""
    return prepare(read_gray(path_or_bytes, name), size, fit, name)


def shape_figures(gray: np.ndarray, name: str = "") -> dict[str, float]:
    """Measure five figures of a signature's shape that tell nothing about who wrote it.

    Longest side at most 1,000 px, 3×3 Gaussian blur, Otsu's threshold, components under 15 px dropped, tight box.

    Parameters
    ----------
    gray : uint8 (height, width)
    name : what error messages call the image

    Returns
    -------
    dict
        `aspect` (width / height of the box), `ink_coverage` (ink / box area), `stroke_width` (twice the median of the
        distance transform on its ridge / box height), `ink_length` (ink area / stroke width / box diagonal),
        `components` (how many over 60 px).

    Raises
    ------
    ImageError
        If there is no ink.
    """
    blurred = cv2.GaussianBlur(_shrink(gray, 1000), (3, 3), 0)
    _, ink = cv2.threshold(blurred, 0, 1, cv2.THRESH_BINARY_INV + cv2.THRESH_OTSU)
    _, labels, statistics, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    areas = np.append(0, statistics[1:, cv2.CC_STAT_AREA])  # the paper, which comes first, is no ink
    ink = (areas >= 15)[labels].astype(np.uint8)
    height, width = crop_to_ink(255 - ink, name).shape
    depth = cv2.distanceTransform(ink, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    ridge = (ink > 0) & (depth >= cv2.dilate(depth, np.ones((3, 3), np.uint8)))
    stroke_width, area = 2 * float(np.median(depth[ridge])), int(ink.sum())
    shape = {"aspect": width / height, "ink_coverage": area / (width * height), "stroke_width": stroke_width / height}
    length, components = area / stroke_width / math.hypot(width, height), int(np.count_nonzero(areas > 60))
    return shape | {"ink_length": length, "components": components}
