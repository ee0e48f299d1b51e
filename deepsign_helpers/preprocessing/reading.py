"""From a file to grey levels: any scan that people send, without losing what its format says."""

import io
from pathlib import Path

import numpy as np
from PIL import Image, ImageChops, ImageOps, UnidentifiedImageError

# No others: Pillow would start Ghostscript for a PostScript file that somebody uploads.
FORMATS = ("PNG", "JPEG", "TIFF", "BMP")
# How the names of such files end.
ENDINGS = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp")
# How files of these formats begin: what begins so and can't be read is damaged, not of another
# kind.
FIRST_BYTES = (b"\x89PNG", b"\xff\xd8\xff", b"II*\0", b"MM\0*", b"BM")

MEGAPIXEL = 1_000_000
# A page of A4 at 600 dpi has 35 megapixels. More is a mistake, or meant to fill the memory.
MOST_PIXELS = 50 * MEGAPIXEL
# In pixels: lower than that, no letter can be made out.
SHORTEST_SIDE = 16

# 32-bit integers, floats and CIE Lab: their levels don't say which of them is white.
MODES_WITHOUT_WHITE = ("I", "F", "LAB")
WHITE_OF_16_BITS = 65_535
# 65,535 / 257 = 255: from the levels of 16 bits to those of 8.
LEVELS_OF_16_BITS = 257


class ImageError(ValueError):
    """Say in one sentence, with the image's name and a cure, why no signature can be taken from it.

    Derived in chapter 01, *Bad inputs*.
    """


def read_gray(path_or_bytes: str | Path | bytes, name: str = "") -> np.ndarray:
    """Read a scan as grey levels.

    PNG, JPEG, TIFF (first page) and BMP; 1, 8 or 16 bits; grey, colour, palette or CMYK.
    Transparency is laid over white, a camera's rotation (EXIF) is undone, and the size is checked
    in the header, before anything is decoded. Derived in chapter 01, *Grey levels*.

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
        If the file is missing, empty, damaged or not an image, has more than 50 megapixels or a
        side under 16 pixels.

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
        return _decode(io.BytesIO(path_or_bytes), name)
    if not isinstance(path_or_bytes, str | Path):
        found = type(path_or_bytes).__name__
        raise ImageError(f"{name}: is {found}; give the path of a scan, or its content as bytes.")
    try:
        with Path(path_or_bytes).open("rb") as file:
            return _decode(file, name)
    except ImageError:
        raise
    except (OSError, ValueError) as error:  # ValueError for a path that no file can have
        reason = getattr(error, "strerror", None) or "no file can be called so"
        problem = f"cannot be opened ({reason})"
        raise ImageError(f"{name}: {problem}; is the path right?") from error


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


def _decode(stream: io.BufferedIOBase, name: str) -> np.ndarray:
    """Return the grey levels of an opened file; turn whatever the decoder raises into one error."""
    first_bytes = stream.read(8)
    if not first_bytes:
        raise ImageError(f"{name}: the file is empty; save or copy it again.")
    try:
        # Twice, since a file that was verified can't be decoded. Pillow goes back to its start
        # itself.
        with Image.open(stream, formats=FORMATS) as image:
            require_usable_size(image.height, image.width, name)
            image.verify()  # the checksums of a PNG, which decoding would pass over
        with Image.open(stream, formats=FORMATS) as image:
            _require_white(image, name)
            return _gray_levels(_as_it_was_seen(image))
    except ImageError:
        raise
    except Exception as error:  # decoders raise a dozen kinds of errors on damaged data
        raise ImageError(f"{name}: {_what_is_wrong(error, first_bytes)}") from error


def _what_is_wrong(error: Exception, first_bytes: bytes) -> str:
    """Return the problem and the cure for an error that Pillow raised."""
    if isinstance(error, Image.DecompressionBombError | Image.DecompressionBombWarning):
        return _too_large()
    is_of_our_formats = first_bytes.startswith(FIRST_BYTES)
    if isinstance(error, UnidentifiedImageError) and not is_of_our_formats:
        return "is not an image that can be read; save it as PNG, JPEG, TIFF or BMP."
    return "the image is damaged or cut short; copy or scan it again."


def _require_white(image: Image.Image, name: str) -> None:
    """Refuse an image whose levels don't say what is white."""
    if image.mode not in MODES_WITHOUT_WHITE:
        return
    problem = f"stores its levels in a way ({image.mode}) that does not say what is white"
    raise ImageError(f"{name}: {problem}; save it in 8 or 16 bits, grey or colour.")


def _as_it_was_seen(image: Image.Image) -> Image.Image:
    """Undo the rotation that a camera notes, and a mistaken inversion of colours."""
    # Photoshop stores CMYK inverted and says so; Pillow inverts every CMYK JPEG, said or not.
    is_cmyk_jpeg = image.format == "JPEG" and image.mode == "CMYK"
    is_inverted = is_cmyk_jpeg and "adobe" not in image.info
    upright = ImageOps.exif_transpose(image)
    return ImageChops.invert(upright) if is_inverted else upright


def _gray_levels(image: Image.Image) -> np.ndarray:
    """Return the grey levels of an image of any mode, transparency laid over white."""
    if image.mode.startswith("I;16"):
        levels = np.array(image)
        transparent = image.info.get("transparency", WHITE_OF_16_BITS)
        levels[levels == transparent] = WHITE_OF_16_BITS
        return np.round(levels / LEVELS_OF_16_BITS).astype(np.uint8)
    if image.has_transparency_data:
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image.convert("RGBA"))
    return np.array(image.convert("L"))
