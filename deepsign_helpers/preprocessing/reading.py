"""From a file to grey levels: any scan that people send, without losing what its format says."""

import io
import stat
from pathlib import Path

import cv2
import numpy as np
from PIL import ExifTags, Image, ImageChops, ImageOps, TiffImagePlugin, UnidentifiedImageError

from deepsign_helpers.preprocessing.damage import (
    DamageError,
    TooManyPartsError,
    complaints_raised,
    require_few_parts,
    require_whole,
)

# No others: Pillow would start Ghostscript for a PostScript file that somebody uploads.
FORMATS = ("PNG", "JPEG", "TIFF", "BMP")
# How the names of such files end.
ENDINGS = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp")
# How files of these formats begin: what begins so and can't be read is damaged, not of another
# kind.
FIRST_BYTES_OF_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
FIRST_BYTES = (b"\x89PNG", b"\xff\xd8\xff", b"BM", *FIRST_BYTES_OF_TIFF)

MEGAPIXEL = 1_000_000
MEGABYTE = 1_000_000
# A page of A4 at 600 dpi has 35 megapixels. More is a mistake, or meant to fill the memory.
MOST_PIXELS = 50 * MEGAPIXEL
# In pixels: lower than that, no letter can be made out.
SHORTEST_SIDE = 16
# In bytes: of `MOST_PIXELS`, each with four channels of 16 bits.
MOST_BYTES = 8 * MOST_PIXELS

# 32-bit integers, floats and CIE Lab: their levels don't say which of them is white.
MODES_WITHOUT_WHITE = ("I", "F", "LAB")
WHITE_IS_ZERO = 0  # a value of TIFF's tag PhotometricInterpretation

# How a file says how many dots lie on an inch, across and down, or at least their proportion.
RESOLUTIONS = ("dpi", "resolution", "aspect", "jfif_density")
# A fax of 204 × 98 dots an inch has 2.1 times as many across as down; more than that is no scanner
# but a mistake, and less than 1 % is rounding.
WIDEST_PROPORTION = 4
LEAST_PROPORTION = 1.01
# EXIF's orientations from this on swap across and down.
FIRST_LYING = 5


class ImageError(ValueError):
    """Say in one sentence, with the image's name and a cure, why no signature can be taken from it.

    Derived in chapter 01, *Bad inputs*.
    """


def read_gray(path_or_bytes: str | Path | bytes, name: str = "") -> np.ndarray:
    """Read a scan as grey levels.

    PNG, JPEG, TIFF (first page) and BMP; 1, 8, 12 or 16 bits; grey, colour, palette or CMYK.
    Transparency is laid over white, a camera's rotation (EXIF) is undone, and a fax with more dots
    on an inch across than down gets square pixels. The size is checked in the header, before
    anything is decoded, and what a decoder only warns of is damage. Derived in chapter 01, *Grey
    levels*.

    Parameters
    ----------
    path_or_bytes : str, Path or bytes
        Path of a file, or its content.
    name : str
        What error messages call the image; by default the path, or "image".

    Returns
    -------
    uint8 array, shape (height, width)
        Black 0, white 255.

    Raises
    ------
    ImageError
        If the file is missing, empty, damaged or not an image, is no file but a folder or a pipe,
        has more than 50 megapixels or a side under 16 pixels, or is made of so many parts that
        reading it would take minutes.

    References
    ----------
    Rec. ITU-R BT.601: grey is 0.299 red + 0.587 green + 0.114 blue.

    Examples
    --------
    >>> from deepsign_helpers import runtime
    >>> gray = read_gray(runtime.data_folder() / "images" / "w000" / "genuine_00.png")
    >>> gray.dtype, gray.ndim
    (dtype('uint8'), 2)
    >>> try:
    ...     read_gray(b"", name="scan_07.png")
    ... except ImageError as error:
    ...     print(error)
    scan_07.png: the file is empty; save or copy it again.
    """
    name = spoken_name(path_or_bytes, name)
    if isinstance(path_or_bytes, bytes | bytearray | memoryview):
        return _decode(bytes(path_or_bytes), name)
    if not isinstance(path_or_bytes, str | Path):
        found = type(path_or_bytes).__name__
        raise ImageError(f"{name}: is {found}; give the path of a scan, or its content as bytes.")
    try:
        content = _content(Path(path_or_bytes), name)
    except ImageError:
        raise
    except (OSError, ValueError) as error:  # ValueError for a path that no file can have
        reason = getattr(error, "strerror", None) or "no file can be called so"
        problem = f"cannot be opened ({reason})"
        raise ImageError(f"{name}: {problem}; is the path right?") from error
    return _decode(content, name)


def _content(path: Path, name: str) -> bytes:
    """Return what is in a file; refuse a folder, a pipe or a device, which may never end."""
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        is_what = "a folder" if stat.S_ISDIR(status.st_mode) else "a pipe or a device"
        problem = f"cannot be opened (it is {is_what}, and no file)"
        raise ImageError(f"{name}: {problem}; is the path right?")
    if status.st_size > MOST_BYTES:
        megabytes = status.st_size / MEGABYTE
        problem = f"has {megabytes:,.0f} MB, over {MOST_BYTES // MEGABYTE}"
        raise ImageError(f"{name}: {problem}; save its first page alone, or scan it at 300 dpi.")
    return path.read_bytes()


def spoken_name(image: object, name: str = "") -> str:
    """Return what error messages call an image: its given name, or its path, or "image".

    What can't be printed, such as a line break in a file's name, would break the sentence.
    """
    if not name:
        name = str(image) if isinstance(image, str | Path) else "image"
    return printable(name)


def printable(text: str) -> str:
    """Return a text on one line, with � for each character that has no picture."""
    return "".join(character if character.isprintable() else "�" for character in text)


def require_usable_size(height: int, width: int, name: str) -> None:
    """Refuse an image of more than `MOST_PIXELS`, or with a side under `SHORTEST_SIDE`."""
    if height * width > MOST_PIXELS:
        raise ImageError(f"{name}: {_too_large()}")
    if min(height, width) < SHORTEST_SIDE:
        found = f"is {height} × {width} px, under {SHORTEST_SIDE} px"
        raise ImageError(f"{name}: {found}; scan it at a higher resolution.")


def _too_large() -> str:
    most = MOST_PIXELS // MEGAPIXEL
    return f"has more than {most} megapixels; crop it or scan it at 300 dpi."


def _decode(content: bytes, name: str) -> np.ndarray:
    """Return the grey levels of a file; turn whatever its decoder raises into one error."""
    if not content:
        raise ImageError(f"{name}: the file is empty; save or copy it again.")
    try:
        try:
            return _decode_once(content, name)
        except DamageError:  # or another thread has printed what sounds like a complaint
            return _decode_once(content, name)
    except ImageError:
        raise
    except Exception as error:  # decoders raise a dozen kinds of errors on damaged data
        raise ImageError(f"{name}: {_what_is_wrong(error, content[:8])}") from error


def _decode_once(content: bytes, name: str) -> np.ndarray:
    """Return the grey levels of a file; raise what its decoder raises or prints."""
    with complaints_raised():
        require_few_parts(content)
        # Opened twice, since a file that was verified can't be decoded.
        with Image.open(io.BytesIO(content), formats=FORMATS) as image:
            require_usable_size(image.height, image.width, name)
            image.verify()  # the checksums of a PNG, which decoding would pass over
        with Image.open(io.BytesIO(content), formats=FORMATS) as image:
            require_whole(image, content)
            _require_white(image, name)
            return _gray_as_seen(image, name)


def _what_is_wrong(error: Exception, first_bytes: bytes) -> str:
    """Return the problem and the cure for an error that a decoder raised."""
    if isinstance(error, Image.DecompressionBombError | Image.DecompressionBombWarning):
        return _too_large()
    if isinstance(error, TooManyPartsError):
        return "is made of more parts than a picture needs; save it again as PNG."
    if isinstance(error, UnidentifiedImageError):
        if first_bytes.startswith(FIRST_BYTES_OF_TIFF):
            return "is damaged, or a rare kind of TIFF; save it as PNG, or scan it again."
        if not first_bytes.startswith(FIRST_BYTES):
            return "is not an image that can be read; save it as PNG, JPEG, TIFF or BMP."
    return "the image is damaged or cut short; copy or scan it again."


def _require_white(image: Image.Image, name: str) -> None:
    """Refuse an image whose levels don't say what is white."""
    if image.mode not in MODES_WITHOUT_WHITE:
        return
    problem = f"stores its levels in a way ({image.mode}) that does not say what is white"
    raise ImageError(f"{name}: {problem}; save it in 8 or 16 bits, grey or colour.")


def _gray_as_seen(image: Image.Image, name: str) -> np.ndarray:
    """Return the grey levels of an opened image, upright and with square pixels."""
    # Said before the pixels are decoded, since Pillow turns a TIFF as it does so.
    is_lying = image.getexif().get(ExifTags.Base.Orientation, 1) >= FIRST_LYING
    proportion = _proportion(image)
    gray_of_level = _gray_of_level(image)
    # Photoshop stores CMYK inverted and says so; Pillow inverts every CMYK JPEG, said or not.
    is_cmyk_jpeg = image.format == "JPEG" and image.mode == "CMYK"
    is_inverted = is_cmyk_jpeg and "adobe" not in image.info

    upright = ImageOps.exif_transpose(image)
    if is_inverted:
        upright = ImageChops.invert(upright)
    gray = _gray_levels(upright, gray_of_level)
    return _with_square_pixels(gray, 1 / proportion if is_lying else proportion, name)


def _proportion(image: Image.Image) -> float:
    """Return how many dots lie across an inch for each one down, or 1 if the file doesn't say."""
    for key in RESOLUTIONS:
        if key in image.info:
            across, down = (float(dots) for dots in image.info[key])
            break
    else:
        return 1.0
    if not (0 < across < np.inf and 0 < down < np.inf):
        return 1.0
    proportion = across / down
    is_plausible = LEAST_PROPORTION < max(proportion, 1 / proportion) <= WIDEST_PROPORTION
    return proportion if is_plausible else 1.0


def _with_square_pixels(gray: np.ndarray, proportion: float, name: str) -> np.ndarray:
    """Return a scan with as many dots on an inch across as down: of the two, the larger number."""
    if proportion == 1:
        return gray
    height, width = gray.shape
    height = round(height * max(proportion, 1))
    width = round(width * max(1 / proportion, 1))
    require_usable_size(height, width, name)
    return cv2.resize(gray, (width, height), interpolation=cv2.INTER_LINEAR)


def _gray_of_level(image: Image.Image) -> np.ndarray:
    """Return the grey level, 0 to 255, of each level of an image of 12 or 16 bits."""
    tags = getattr(image, "tag_v2", {})  # of a TIFF alone
    (bits, *_) = tags.get(TiffImagePlugin.BITSPERSAMPLE, (16,))
    gray = np.linspace(0, 255, 2**bits)
    if tags.get(TiffImagePlugin.PHOTOMETRIC_INTERPRETATION) == WHITE_IS_ZERO:
        gray = gray[::-1]
    return np.round(gray).astype(np.uint8)


def _gray_levels(image: Image.Image, gray_of_level: np.ndarray) -> np.ndarray:
    """Return the grey levels of an image of any mode, transparency laid over white."""
    if image.mode.startswith("I;16"):
        levels = np.array(image)
        gray = gray_of_level[levels]
        if "transparency" in image.info:
            gray[levels == image.info["transparency"]] = 255
        return gray
    if image.has_transparency_data:
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image.convert("RGBA"))
    return np.array(image.convert("L"))
