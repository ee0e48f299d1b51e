"""Copybooks that can be written, and names that only use what they teach."""

import string
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepsign_helpers.synthesis.scripts import (
    INVENTED,
    SCRIPTS,
    VOWEL_SIGNS,
    read_script,
    sample_name,
)

seeds = st.integers(0, 2**32 - 1)
every_script = pytest.mark.parametrize("script", SCRIPTS)
some_of_the_invented = [
    (script, chr(0xE000 + number)) for script in INVENTED for number in range(0, 6400, 257)
]
every_letter = pytest.mark.parametrize(
    ("script", "character"),
    [(script, character) for script in SCRIPTS for character in read_script(script)["letters"]]
    + some_of_the_invented,
)


def invent(script, seed):
    return sample_name(script, np.random.default_rng(seed))


@every_script
def test_a_copybook_says_what_it_is_and_how_words_hang_together(script):
    copybook = read_script(script)
    assert copybook["about"].endswith(".")
    assert copybook["fades"] == (script == "latin")
    assert (copybook["headline"] is not None) == (script in ("devanagari", "hung"))
    assert all(len(character) == 1 for character in copybook["letters"])


@every_letter
def test_a_letter_is_well_formed(script, character):
    letter = read_script(script)["letters"][character]
    assert set(letter) == {"width", "joined", "runs", "late"}
    assert 0 <= letter["width"] <= 2.5
    runs = letter["runs"] + letter["late"]
    strokes = np.array([stroke for run in runs for stroke in run])
    assert strokes.shape[1] == 3
    assert np.isfinite(strokes).all()
    assert np.abs(strokes[:, :2]).max() <= 3
    assert np.abs(strokes[:, 2]).max() <= 2.6
    for run in letter["late"] + ([] if letter["joined"] else letter["runs"]):
        assert len(run) >= 2, "setting the pen down leaves no ink"
        assert run[0][2] == 0, "the way through the air is straight"
    if letter["joined"]:
        assert len(letter["runs"]) == 1


@every_letter
def test_no_letter_stands_still(script, character):
    letter = read_script(script)["letters"][character]
    for run in letter["runs"] + letter["late"]:
        steps = np.diff(np.array(run)[:, :2], axis=0)
        assert (np.hypot(*steps.T) > 0.05).all()


def test_the_latin_alphabet_is_complete():
    assert set(read_script("latin")["letters"]) == set(string.ascii_letters)


def test_small_letters_are_joined_and_capitals_stand_alone():
    for character, letter in read_script("latin")["letters"].items():
        assert letter["joined"] == character.islower()


@given(seeds, st.sampled_from(SCRIPTS))
def test_names_use_only_letters_of_the_script(seed, script):
    letters = set(read_script(script)["letters"]) or {
        chr(0xE000 + number) for number in range(6400)
    }
    assert set(invent(script, seed)) <= letters | {" "}


@given(seeds)
def test_a_name_in_an_invented_script_is_joined_throughout_or_not_at_all(seed):
    for script in INVENTED:
        name = invent(script, seed)
        joined = {
            read_script(script)["letters"][character]["joined"]
            for character in name.replace(" ", "")
        }
        assert joined in ({False}, {script == "invented"})
        assert all(3 <= len(word) <= 5 for word in name.split())


def test_an_invented_letter_is_always_the_same_and_like_no_other():
    first, second = (read_script("invented")["letters"] for _ in range(2))
    backwards = [second[character] for character in "\ue005\ue004\ue003"]
    assert [first[character] for character in "\ue003\ue004\ue005"] == backwards[::-1]
    assert first["\ue003"]["runs"] != first["\ue005"]["runs"]


@given(seeds)
def test_a_latin_name_is_a_first_name_or_initial_and_a_surname(seed):
    first, surname = invent("latin", seed).split(" ")
    assert first.istitle()
    assert surname.istitle()
    assert len(first) <= 5
    assert 4 <= len(surname) <= 8


@given(seeds)
def test_a_devanagari_vowel_sign_stands_beside_a_consonant(seed):
    words = invent("devanagari", seed).split(" ")
    assert len(words) in (1, 2)
    for word in words:
        assert word[0] not in VOWEL_SIGNS
        assert not any(
            left in VOWEL_SIGNS and right in VOWEL_SIGNS for left, right in pairwise(word)
        )


@given(seeds)
def test_a_paraph_strings_five_to_seven_motifs(seed):
    name = invent("paraph", seed)
    assert 5 <= len(name) <= 7
    assert " " not in name


@every_script
def test_the_same_seed_invents_the_same_name_and_another_another(script):
    names = [invent(script, seed) for seed in range(50)]
    assert names == [invent(script, seed) for seed in range(50)]
    assert len(set(names)) > 45


def test_every_letter_that_can_be_drawn_is_drawn_in_some_name():
    used = set("".join(invent("devanagari", seed) for seed in range(300)))
    assert set(read_script("devanagari")["letters"]) <= used
    assert set(read_script("paraph")["letters"]) == set(
        "".join(invent("paraph", seed) for seed in range(300))
    )


@pytest.mark.parametrize("case", [str.upper, str.lower])
def test_latin_names_reach_most_of_the_alphabet(case):
    used = set("".join(invent("latin", seed) for seed in range(500))) - {" "}
    assert len({letter for letter in used if case(letter) == letter}) >= 20
