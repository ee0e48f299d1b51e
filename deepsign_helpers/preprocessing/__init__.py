"""From any scan to the encoder's input: read, clean, straighten, crop, fit and normalise."""

from deepsign_helpers.preprocessing.cleaning import (
    estimate_paper,
    remove_background,
    remove_specks,
    shrink,
)
from deepsign_helpers.preprocessing.framing import (
    centre,
    crop_to_ink,
    deskew,
    fit_to,
    normalise,
    rotate,
    skew_angle,
)
from deepsign_helpers.preprocessing.prepared import require_prepared
from deepsign_helpers.preprocessing.preparing import prepare, prepare_all
from deepsign_helpers.preprocessing.reading import SHORTEST_SIDE, ImageError, read_gray
