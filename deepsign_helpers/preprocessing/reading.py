"""From a file to grey levels: any scan that people send, read without losing what its format says."""

import io
from pathlib import Path

import numpy as np
from PIL import Image, ImageChops, ImageOps, UnidentifiedImageError

FORMATS = (
    "PNG",
    "JPEG",
    "TIFF",
    "BMP",
)  # no others: Pillow would start Ghostscript for an uploaded PostScript file
FIRST_BYTES = (b"\x89PNG", b"\xff\xd8\xff", b"II*\0", b"MM\0*", b"BM")
SHORTEST_SIDE = 16  # pixels of a scan


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
        raise ImageError(
            f"{name}: cannot be opened ({error.strerror}); is the path right?"
        ) from error


def _decode(stream: io.BufferedIOBase, name: str) -> np.ndarray:
    """Return the grey levels of an opened file, or an `ImageError` whatever the decoder stumbles over.

    Pillow goes back to the start of the file itself, whenever it opens one.
    """
    first_bytes = stream.read(8)
    if not first_bytes:
        raise ImageError(f"{name}: the file is empty; save or copy it again.")
    try:
        with Image.open(stream, formats=FORMATS) as image:
            check_size(image.height, image.width, name)
            image.verify()  # the checksums of a PNG: decoding would pass over them
        with Image.open(stream, formats=FORMATS) as image:
            if image.mode in ("I", "F", "LAB"):
                problem = (
                    f"stores its levels in a way ({image.mode}) that does not say what is white"
                )
                raise ImageError(f"{name}: {problem}; save it in 8 or 16 bits, grey or colour.")
            # Photoshop stores CMYK inverted and says so; Pillow inverts every CMYK JPEG, said or not.
            is_mistaken = (
                image.format == "JPEG" and image.mode == "CMYK" and "adobe" not in image.info
            )
            upright = ImageOps.exif_transpose(image)
            return _gray_levels(ImageChops.invert(upright) if is_mistaken else upright)
    except ImageError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ImageError(
            f"{name}: has more than 50 megapixels; crop it or scan it at 300 dpi."
        ) from error
    except Exception as error:  # decoders raise a dozen kinds of errors on damaged data
        if isinstance(error, UnidentifiedImageError) and not first_bytes.startswith(FIRST_BYTES):
            raise ImageError(
                f"{name}: is not an image that can be read; save it as PNG, JPEG, TIFF or BMP."
            ) from error
        raise ImageError(
            f"{name}: the image is damaged or cut short; copy or scan it again."
        ) from error


def check_size(height: int, width: int, name: str) -> None:
    if height * width > 50_000_000:
        raise ImageError(f"{name}: has more than 50 megapixels; crop it or scan it at 300 dpi.")
    if min(height, width) < SHORTEST_SIDE:
        raise ImageError(
            f"{name}: is {height} × {width} px, under 16 px; scan it at a higher resolution."
        )


def _gray_levels(image: Image.Image) -> np.ndarray:
    """Return grey levels of an image of any mode, transparency laid over white."""
    if image.mode.startswith("I;16"):
        levels = np.array(image)
        levels[levels == image.info.get("transparency", 65535)] = 65535
        return np.round(levels / 257).astype(np.uint8)
    if image.has_transparency_data:
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image.convert("RGBA"))
    return np.array(image.convert("L"))
