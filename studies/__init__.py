"""What takes longer than a class: presets, comparisons, search, speed."""

import deepsign_helpers
