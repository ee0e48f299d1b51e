"""Scripts: the letters that everybody who writes one shares, and names that nobody bears."""

import functools
import json
from pathlib import Path

import numpy as np
from numpy.random import Generator

# Scripts that nobody reads, to learn more from than those of this world; and the height, in units
# of the x-height, of the line that their words hang from.
INVENTED = {"invented": None, "hung": 1.7}
SCRIPTS = ("latin", "devanagari", "paraph", "arabic", *INVENTED)

# From U+E000 on there are 6,400 characters that Unicode gives no meaning.
FIRST_INVENTED = 0xE000
COUNT_INVENTED = 6400

FIRST_NAMES = 7  # seed
COUNT_FIRST_NAMES = 30

VOWEL_SIGNS = "ािीुेों"
CONSONANTS = "bcddfghjkllmmnnnprrrsssstttvwyz"  # common letters more than once
VOWELS = "aaeeioou"
ARABIC_CONSONANTS = "ببتتثجححخددذرررزسسشصضطظععغففقككلللمممننه"  # the same
ARABIC_VOWELS = "ااوي"  # the long ones: short ones are spoken and not written
ARABIC_ENDING = "ة"  # for a vowel that only ends words

# How many words an Arabic name has, and the fewest and most letters of each.
ARABIC_NAMES = {1: (4, 6), 2: (3, 6), 3: (2, 5)}

# Lowest and highest end of an invented stroke (x-heights): in the middle, above, below; and how
# many of all strokes end there.
ZONES = np.array([(0.0, 1.1), (1.2, 2.2), (-1.2, -0.2)])
ZONE_SHARES = (0.7, 0.2, 0.1)


# What a copybook says where its script has none of it; see `read_script`.
PLAIN = {"mirrored": False, "ends": "", "finals": {}}


@functools.cache
def read_copybook(script: str) -> dict:
    """Return what stands in a script's file of the folder `letters`."""
    path = Path(__file__).parent / "letters" / f"{script}.json"
    return PLAIN | json.loads(path.read_text(encoding="utf-8"))


def read_script(script: str) -> dict:
    """Return a script's copybook; lengths in x-heights, x to the right, y up from the base line.

    Returns
    -------
    dict
        `letters` maps a character to its `width`, whether it is `joined` to the one before, its
        `runs` of strokes and those added `late`, when the word is done. A stroke is where it ends
        and how it turns on the way, [x, y, bend] (rad, counter-clockwise positive); the first of a
        late run, or of a letter that is not joined, sets the pen down. `headline` is the height of
        the line that a word hangs from, or null; `fades`, whether a hasty writer may let a word run
        out into a wave. `mirrored` says that the script is written from right to left: its letters
        are given as if it were not, and `spell` turns all over in the end. `ends` names the letters
        that none is joined to: the next is set down anew, as the first of a word is; where it names
        none, `joined` alone decides. `finals` are the letters that look different at a word's end.
    """
    if script not in INVENTED:
        return read_copybook(script)
    return PLAIN | {
        "about": "Drawn by lot.",
        "headline": INVENTED[script],
        "fades": False,
        "letters": Invented(),
    }


class Invented(dict):
    """Letters drawn by lot, each when it is first asked for and always alike."""

    def __missing__(self, character: str) -> dict:
        """Draw a letter and keep it; Python calls this for a key that is not there yet."""
        self[character] = draw_letter(character)
        return self[character]


def draw_letter(character: str) -> dict:
    """Draw a letter: joined, in one run, where its number is odd; else alone, in one to three."""
    rng = np.random.default_rng(ord(character))  # the same letter for everybody
    joined = ord(character) % 2 == 1
    count = 1 if joined else rng.integers(1, 4)
    runs = [draw_run(joined, rng) for _ in range(count)]
    rightmost = np.concatenate(runs)[:, 0].max()
    return {
        "width": float(np.clip(rightmost + 0.1, 0.5, 1.8)),
        "joined": joined,
        "runs": [run.tolist() for run in runs],
        "late": [],
    }


def draw_run(joined: bool, rng: Generator) -> np.ndarray:
    """Draw two to five strokes of an invented letter: (n, 3), x, y and bend."""
    count = rng.integers(2, 6 if joined else 5)
    # Three strokes in four go to the right.
    directions = rng.choice([-1, 1], count, p=(0.25, 0.75))
    x = np.cumsum(directions * rng.uniform(0.1, 0.6, count))
    lowest, highest = ZONES[rng.choice(len(ZONES), count, p=ZONE_SHARES)].T
    bend = np.clip(rng.normal(0, 1.1, count), -2, 2)
    if not joined:
        bend[0] = 0.0  # the way through the air is straight
    y = rng.uniform(lowest, highest)
    return np.stack([x, y, bend], axis=1)


def sample_name(script: str, rng: Generator) -> str:
    """Invent a name in one of `SCRIPTS`."""
    if script == "paraph":
        return sample_paraph(rng)
    if script == "devanagari":
        return sample_devanagari_name(rng)
    if script == "arabic":
        return sample_arabic_name(rng)
    if script in INVENTED:
        return sample_invented_name(script, rng)
    return sample_latin_name(rng)


def sample_paraph(rng: Generator) -> str:
    """Invent a paraph, which has no letters that could be read: six to nine motifs."""
    motifs = list(read_script("paraph")["letters"])  # the common ones first
    weights = 1 / np.sqrt(np.arange(1, len(motifs) + 1))
    count = rng.integers(6, 10)
    return "".join(rng.choice(motifs, size=count, p=weights / weights.sum()))


def sample_devanagari_name(rng: Generator) -> str:
    """Invent a word of three to six letters, or two or three shorter ones."""
    count = int(rng.choice([1, 2, 3], p=(0.4, 0.45, 0.15)))
    longest = {1: 7, 2: 5, 3: 4}[count]
    lengths = rng.integers(longest - 3, longest, size=count)
    return " ".join(devanagari_word(length, rng) for length in np.maximum(lengths, 2))


def devanagari_word(length: int, rng: Generator) -> str:
    """Draw so many consonants, every other one with a vowel sign."""
    consonants = sorted(set(read_script("devanagari")["letters"]) - set(VOWEL_SIGNS))
    word = ""
    for _ in range(length):
        word += rng.choice(consonants)
        if rng.random() < 0.5:
            word += rng.choice(list(VOWEL_SIGNS))
    return word


def sample_arabic_name(rng: Generator) -> str:
    """Invent two words of three to six letters, one long one or three that may be shorter."""
    count = rng.choice(list(ARABIC_NAMES), p=(0.2, 0.6, 0.2))
    fewest, most = ARABIC_NAMES[count]
    return " ".join(arabic_word(int(rng.integers(fewest, most + 1)), rng) for _ in range(count))


def arabic_word(length: int, rng: Generator) -> str:
    """Draw so many letters: a consonant, half of the time a long vowel, and again.

    One in seven that are long enough ends in the vowel that only ends words.
    """
    word = ""
    while len(word) < length:
        word += rng.choice(list(ARABIC_CONSONANTS))
        if len(word) < length and rng.random() < 0.5:
            word += rng.choice(list(ARABIC_VOWELS))
    if length > 2 and rng.random() < 1 / 7:
        return word[:-1] + ARABIC_ENDING
    return word


def sample_invented_name(script: str, rng: Generator) -> str:
    """Invent a word or two of four to six letters, of eight that nobody else may have.

    In "invented" half of the writers have joined letters, those with odd numbers; in "hung" nobody.
    """
    numbers = 2 * rng.integers(COUNT_INVENTED // 2, size=8)
    if script == "invented" and rng.random() < 0.5:
        numbers = numbers + 1
    own = [chr(FIRST_INVENTED + number) for number in numbers]
    count = rng.integers(1, 3)
    words = ["".join(rng.choice(own, rng.integers(4, 7))) for _ in range(count)]
    return " ".join(words)


def sample_latin_name(rng: Generator) -> str:
    """Invent a first name that others have, too, or one initial or two; and a surname or two."""
    if rng.random() < 0.5:
        first = str(rng.choice(first_names()))
    else:
        initials = [latin_word(1, rng) for _ in range(rng.integers(1, 3))]
        first = " ".join(initials)
    surnames = [latin_word(int(rng.integers(4, 9)), rng)]
    if rng.random() < 0.15:
        surnames.append(latin_word(int(rng.integers(3, 6)), rng))
    return " ".join([first, *surnames])


@functools.cache
def first_names() -> list[str]:
    """Return the first names that invented people share; nobody bears them elsewhere."""
    rng = np.random.default_rng(FIRST_NAMES)
    return [latin_word(int(rng.integers(3, 7)), rng) for _ in range(COUNT_FIRST_NAMES)]


def latin_word(length: int, rng: Generator) -> str:
    """Put consonants and vowels together in turn."""
    in_turn = [list(CONSONANTS), list(VOWELS)]
    if rng.random() < 0.3:
        in_turn.reverse()
    letters = [rng.choice(in_turn[position % 2]) for position in range(length)]
    return "".join(letters).capitalize()
