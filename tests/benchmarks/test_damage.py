"""What becomes of a thousand flipped bits and a thousand cuts in each kind of file."""

from collections import Counter

import numpy as np
import pytest
from fuzzing import stored
from fuzzing.strategies import flipped

TIMES = 1000
KINDS = {
    "manifest.csv": stored.corpus,
    "images/*/genuine_00.png": stored.corpus,
    "index.json": stored.records,
    "00001-of-*.tfrecord": stored.records,
    "verifier.json": stored.verifier,
    "encoder.keras": stored.verifier,
}


@pytest.mark.parametrize("pattern", KINDS)
def test_of_a_thousand_flips_and_cuts_none_is_silent(pattern, tmp_path, capsys):
    written = KINDS[pattern](tmp_path / "written")
    path = min(written.folder.glob(pattern))
    content = path.read_bytes()
    rng = np.random.default_rng(0)
    # One after the other: a thousand encoders at once would fill the memory.
    flips = (flipped(content, int(bit)) for bit in rng.integers(8 * len(content), size=TIMES))
    cuts = (content[:length] for length in rng.integers(len(content), size=TIMES))
    for damage, contents in {"flips": flips, "cuts": cuts}.items():
        fates = Counter(written.fate(path.relative_to(written.folder), one) for one in contents)
        counted = [f"{fates[fate]} {fate}" for fate in stored.FATES]
        with capsys.disabled():
            print(f"\n{path.name}: {TIMES} {damage}: {', '.join(counted)}", end="")
        assert fates[stored.SILENT] == 0
