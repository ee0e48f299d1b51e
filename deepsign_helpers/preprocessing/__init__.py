"""From any scan to the encoder's input: read, clean, straighten, crop, fit and normalise."""

from deepsign_helpers.preprocessing.cleaning import (
    estimate_paper,
    find_ink,
    remove_background,
    remove_specks,
    shrink,
    stroke_width,
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
from deepsign_helpers.preprocessing.pages import (
    ClearedPage,
    clear_page,
    remove_lettering,
    remove_surroundings,
)
from deepsign_helpers.preprocessing.prepared import require_prepared
from deepsign_helpers.preprocessing.preparing import (
    prepare,
    prepare_all,
    prepare_and_judge,
    quality,
)
from deepsign_helpers.preprocessing.quality import Quality
from deepsign_helpers.preprocessing.reading import SHORTEST_SIDE, ImageError, read_gray
from deepsign_helpers.preprocessing.rules import remove_rules
