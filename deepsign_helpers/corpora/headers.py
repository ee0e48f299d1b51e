"""What the image files of a corpus are, by their headers: format, channels, bits and size."""

import warnings
from collections.abc import Sequence

import pandas as pd
from PIL import Image

from deepsign_helpers.preprocessing.reading import FORMATS

# What Pillow calls the ways to store a pixel: channels, bits of each, and what a person calls it.
MODES = {
    "1": (1, 1, "black and white, no grey"),
    "L": (1, 8, "grey"),
    "P": (1, 8, "palette"),
    "LA": (2, 8, "grey with transparency"),
    "PA": (2, 8, "palette with transparency"),
    "RGB": (3, 8, "colour"),
    "YCbCr": (3, 8, "colour"),
    "LAB": (3, 8, "colour"),
    "RGBX": (4, 8, "colour"),
    "RGBA": (4, 8, "colour with transparency"),
    "CMYK": (4, 8, "colour for print"),
    "I": (1, 32, "grey"),
    "F": (1, 32, "grey"),
}
SIXTEEN_BITS = "I;16"  # how the names of the others begin: grey of 16 bits

COLUMNS = ["format", "channels", "bits", "height", "width", "said"]
UNREADABLE = ("", 0, 0, 0, 0, "damaged or no image")


def file_formats(paths: Sequence[str]) -> pd.DataFrame:
    """Return what each file's header says; no pixel is decoded.

    Parameters
    ----------
    paths : sequence of str
        Of image files.

    Returns
    -------
    DataFrame, a row for each path, in their order
        `format` ("PNG", "JPEG", "TIFF", "BMP"; "" if the header cannot be read), `channels`, `bits`
        of each, `height` and `width` in pixels, and what a person calls the kind of file, `said`:
        "TIFF of 1 bit (black and white, no grey)".

    See Also
    --------
    completeness : says it in words, and names mixtures.

    Examples
    --------
    >>> from deepsign_helpers import corpora, runtime
    >>> table = corpora.load(runtime.data_folder())
    >>> file_formats(table["path"].head(1))[["height", "width", "said"]]
       height  width                  said
    0     256    512  PNG of 8 bits (grey)
    """
    return pd.DataFrame([_header(path) for path in paths], columns=COLUMNS)


def _header(path: str) -> tuple[str, int, int, int, int, str]:
    """Return what the header of one file says."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd tags and sizes: `read_gray` speaks of them
            with Image.open(path, formats=FORMATS) as image:
                width, height = image.size
                mode = image.mode
                file_format = image.format
    except Exception:  # decoders raise a dozen kinds of errors on damaged headers
        return UNREADABLE
    if mode.startswith(SIXTEEN_BITS):
        channels, bits, called = 1, 16, "grey"
    else:
        channels, bits, called = MODES[mode]
    of_each = f"{bits} bit" if bits == 1 else f"{bits} bits"
    of_all = of_each if channels == 1 else f"{channels} × {of_each}"
    return file_format, channels, bits, height, width, f"{file_format} of {of_all} ({called})"
