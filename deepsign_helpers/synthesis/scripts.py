"""Scripts: the letters that everybody who writes one shares, and names that nobody bears."""

import functools
import json
from pathlib import Path

import numpy as np

INVENTED = {
    "invented": None,
    "hung": 1.7,
}  # scripts that nobody reads, to learn more from than those of this world
SCRIPTS = ("latin", "devanagari", "paraph", *INVENTED)
VOWEL_SIGNS = "ािीुेों"


@functools.cache
def read_table(name: str) -> dict:
    """Return a JSON table of this folder by its file's name: "scanners", "letters/latin"."""
    return json.loads(Path(__file__).parent.joinpath(f"{name}.json").read_text(encoding="utf-8"))


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
    if script in INVENTED:
        return {
            "about": "Drawn by lot.",
            "headline": INVENTED[script],
            "fades": False,
            "letters": Invented(),
        }
    return read_table(f"letters/{script}")


class Invented(dict):
    """Letters drawn by lot, each when it is first asked for and always alike; odd ones are joined, even ones not."""

    def __missing__(self, character: str) -> dict:
        rng, joined, runs = np.random.default_rng(ord(character)), ord(character) % 2 == 1, []
        for _ in range(1 if joined else rng.integers(1, 4)):
            count = rng.integers(2, 6 if joined else 5)
            x = np.cumsum(rng.choice([-1, 1], count, p=(0.25, 0.75)) * rng.uniform(0.1, 0.6, count))
            low, high = np.array([(0.0, 1.1), (1.2, 2.2), (-1.2, -0.2)])[
                rng.choice(3, count, p=(0.7, 0.2, 0.1))
            ].T
            bend = np.clip(rng.normal(0, 1.1, count), -2, 2)
            bend[0] *= joined  # the way through the air is straight
            runs.append(np.stack([x, rng.uniform(low, high), bend], axis=1))
        width = float(np.clip(np.concatenate(runs)[:, 0].max() + 0.1, 0.5, 1.8))
        self[character] = {
            "width": width,
            "joined": joined,
            "runs": [run.tolist() for run in runs],
            "late": [],
        }
        return self[character]


def sample_name(script: str, rng: np.random.Generator) -> str:
    """Invent a name.

    Latin: an initial or a short first name, and a surname, of consonants and vowels in turn. Devanagari: a word
    of three to five letters, or two shorter ones. A paraph has no letters that could be read: five to seven motifs.
    A name in an invented script is a word or two of three to five letters, of eight that nobody else may have.
    """
    if script == "paraph":
        motifs = list(read_script(script)["letters"])  # the common ones first
        weights = 1 / np.arange(1, len(motifs) + 1) ** 1.6
        return "".join(rng.choice(motifs, size=rng.integers(5, 8), p=weights / weights.sum()))
    if script == "devanagari":
        lengths = rng.integers(3, 6, 1) if rng.random() < 0.5 else rng.integers(2, 4, 2)
        return " ".join(
            "".join(devanagari_letter(rng) for _ in range(length)) for length in lengths
        )
    if script in INVENTED:
        # From U+E000 on there are 6,400 characters that Unicode gives no meaning.
        half = 2 * rng.integers(3200, size=8) + (script == "invented" and rng.random() < 0.5)
        own = [chr(0xE000 + number) for number in half]
        return " ".join(
            "".join(rng.choice(own, rng.integers(3, 6))) for _ in range(rng.integers(1, 3))
        )
    first = latin_word(1 if rng.random() < 0.7 else int(rng.integers(3, 6)), rng)
    return f"{first} {latin_word(int(rng.integers(4, 8)), rng)}"


def latin_word(length: int, rng: np.random.Generator) -> str:
    """Put consonants and vowels together in turn."""
    in_turn = ["bcddfghjkllmmnnnprrrsssstttvwyz", "aaeeioou"]  # common letters more than once
    if rng.random() < 0.3:
        in_turn.reverse()
    return "".join(
        rng.choice(list(in_turn[position % 2])) for position in range(length)
    ).capitalize()


def devanagari_letter(rng: np.random.Generator) -> str:
    """Draw a consonant, every other one with a vowel sign."""
    consonants = sorted(set(read_script("devanagari")["letters"]) - set(VOWEL_SIGNS))
    return rng.choice(consonants) + (rng.choice(list(VOWEL_SIGNS)) if rng.random() < 0.5 else "")
