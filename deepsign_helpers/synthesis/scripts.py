"""Scripts: the letters that everybody who writes one shares, and names that nobody bears."""

import numpy as np

from deepsign_helpers import runtime

SCRIPTS = ("latin", "devanagari", "paraph")
VOWEL_SIGNS = "ािीुेों"


def read_script(script: str) -> dict:
    """Return a script's copybook, in units of the x-height, x to the right, y upwards from the base line.

    Returns
    -------
    dict
        `letters` maps a character to its `width`, whether it is `joined` to the one before, its `runs` of strokes and
        those added `late`, when the word is done. A stroke is where it ends and how it turns on the way, [x, y, bend]
        (rad, counter-clockwise positive); the first of a late run, or of a letter that is not joined, sets the pen
        down. `headline` is the height of the line that a word hangs from, or null; `fades`, whether a hasty writer may
        let a word run out into a wave.
    """
    return runtime.read_table(f"synthesis/letters/{script}")


def sample_name(script: str, rng: np.random.Generator) -> str:
    """Invent a name.

    Latin: an initial or a short first name, and a surname, of consonants and vowels in turn. Devanagari: a word
    of three to five letters, or two shorter ones. A paraph has no letters that could be read: five to seven motifs.
    """
    if script == "paraph":
        motifs = list(read_script(script)["letters"])  # the common ones first
        weights = 1 / np.arange(1, len(motifs) + 1) ** 1.6
        return "".join(rng.choice(motifs, size=rng.integers(5, 8), p=weights / weights.sum()))
    if script == "devanagari":
        lengths = rng.integers(3, 6, 1) if rng.random() < 0.5 else rng.integers(2, 4, 2)
        return " ".join("".join(devanagari_letter(rng) for _ in range(length)) for length in lengths)
    first = latin_word(1 if rng.random() < 0.7 else int(rng.integers(3, 6)), rng)
    return f"{first} {latin_word(int(rng.integers(4, 8)), rng)}"


def latin_word(length: int, rng: np.random.Generator) -> str:
    """Put consonants and vowels together in turn."""
    in_turn = ["bcddfghjkllmmnnnprrrsssstttvwyz", "aaeeioou"]  # common letters more than once
    if rng.random() < 0.3:
        in_turn.reverse()
    return "".join(rng.choice(list(in_turn[position % 2])) for position in range(length)).capitalize()


def devanagari_letter(rng: np.random.Generator) -> str:
    """Draw a consonant, every other one with a vowel sign."""
    consonants = sorted(set(read_script("devanagari")["letters"]) - set(VOWEL_SIGNS))
    return rng.choice(consonants) + (rng.choice(list(VOWEL_SIGNS)) if rng.random() < 0.5 else "")
