"""Copybooks that can be written, and names that only use what they teach."""

import string
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepsign_helpers.synthesis.scripts import (
    ARABIC_ENDING,
    ARABIC_VOWELS,
    COUNT_INVENTED,
    FIRST_INVENTED,
    INVENTED,
    PLAIN,
    SCRIPTS,
    VOWEL_SIGNS,
    read_script,
    sample_name,
)

seeds = st.integers(0, 2**32 - 1)
every_script = pytest.mark.parametrize("script", SCRIPTS)


def letters_of(script):
    """The letters of a script's copybook, (character, letter), those that only end words included.

    Where they are drawn by lot, some of them.
    """
    copybook = read_script(script)
    if script in INVENTED:
        some = [chr(FIRST_INVENTED + number) for number in range(0, COUNT_INVENTED, 257)]
        return [(each, copybook["letters"][each]) for each in some]
    return [*copybook["letters"].items(), *copybook["finals"].items()]


def invent(script, seed):
    return sample_name(script, np.random.default_rng(seed))


@every_script
def test_letters_are_well_formed(script):
    for character, letter in letters_of(script):
        assert len(character) == 1
        assert set(letter) == {"width", "joined", "runs", "late"}, character
        assert 0 <= letter["width"] <= 2.5, character
        runs = letter["runs"] + letter["late"]
        strokes = np.array([stroke for run in runs for stroke in run])  # x, y, bend
        assert strokes.shape[1] == 3, character
        assert np.isfinite(strokes).all(), character
        assert np.abs(strokes[:, :2]).max() <= 3, character
        assert np.abs(strokes[:, 2]).max() <= 2.6, character
        if letter["joined"]:
            assert len(letter["runs"]) == 1, character


@every_script
def test_a_run_that_sets_the_pen_down_goes_straight_through_the_air_and_then_leaves_ink(script):
    for character, letter in letters_of(script):
        for run in letter["late"] + ([] if letter["joined"] else letter["runs"]):
            assert len(run) >= 2, character
            assert run[0][2] == 0, character


@every_script
def test_no_letter_stands_still(script):
    for character, letter in letters_of(script):
        for run in letter["runs"] + letter["late"]:
            steps = np.diff(np.array(run)[:, :2], axis=0)
            assert (np.hypot(*steps.T) > 0.05).all(), character


def test_dots_are_dabs_and_only_stems_and_bars_are_longer():
    for character, letter in letters_of("arabic"):
        for dot in letter["late"]:
            length = np.hypot(*np.subtract(dot[1], dot[0])[:2])
            assert 0.1 <= length <= 0.2 or character in "طظك", character


def test_only_arabic_is_written_from_right_to_left_and_breaks_its_words():
    for script in set(SCRIPTS) - {"arabic"}:
        assert {each: read_script(script)[each] for each in PLAIN} == PLAIN
    arabic = read_script("arabic")
    assert arabic["mirrored"]
    assert set(arabic["ends"]) == set("ادذرزوة")
    assert all(letter["joined"] for letter in arabic["letters"].values())
    assert set(arabic["finals"]) <= set(arabic["letters"]) - set(arabic["ends"])


def test_the_latin_alphabet_is_complete():
    assert set(read_script("latin")["letters"]) == set(string.ascii_letters)


def test_small_letters_are_joined_and_capitals_stand_alone():
    for character, letter in read_script("latin")["letters"].items():
        assert letter["joined"] == character.islower()


@given(seeds, st.sampled_from(SCRIPTS))
def test_names_use_only_letters_of_the_script(seed, script):
    letters = set(read_script(script)["letters"])
    if script in INVENTED:
        letters = {chr(FIRST_INVENTED + number) for number in range(COUNT_INVENTED)}
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
        assert all(4 <= len(word) <= 6 for word in name.split())


def test_an_invented_letter_is_always_the_same_and_like_no_other():
    first = read_script("invented")["letters"]
    second = read_script("invented")["letters"]
    backwards = [second[character] for character in "\ue005\ue004\ue003"]
    assert [first[character] for character in "\ue003\ue004\ue005"] == backwards[::-1]
    assert first["\ue003"]["runs"] != first["\ue005"]["runs"]


@given(seeds)
def test_a_latin_name_is_a_first_name_or_initials_and_a_surname_or_two(seed):
    words = invent("latin", seed).split(" ")
    assert all(word.istitle() for word in words)
    initials = [word for word in words if len(word) == 1]
    surnames = words[max(1, len(initials)) :]
    assert len(initials) <= 2
    assert 1 <= len(surnames) <= 2
    assert all(3 <= len(word) <= 8 for word in surnames)


def test_latin_writers_share_first_names_and_no_surname():
    names = [invent("latin", seed).split(" ") for seed in range(200)]
    first = [words[0] for words in names if len(words[0]) > 1]
    last = [words[-1] for words in names]
    assert len(set(first)) < len(first) / 2
    assert len(set(last)) > 0.9 * len(last)


@given(seeds)
def test_a_devanagari_vowel_sign_stands_beside_a_consonant(seed):
    words = invent("devanagari", seed).split(" ")
    assert 1 <= len(words) <= 3
    for word in words:
        assert word[0] not in VOWEL_SIGNS
        assert not any(
            left in VOWEL_SIGNS and right in VOWEL_SIGNS for left, right in pairwise(word)
        )


@given(seeds)
def test_an_arabic_name_is_one_to_three_words_of_two_to_six_letters(seed):
    words = invent("arabic", seed).split(" ")
    assert 1 <= len(words) <= 3
    for word in words:
        assert 2 <= len(word) <= 6
        assert word[0] not in ARABIC_VOWELS
        assert not any(
            left in ARABIC_VOWELS and right in ARABIC_VOWELS for left, right in pairwise(word)
        )
        assert ARABIC_ENDING not in word[:-1]


@given(seeds)
def test_a_paraph_strings_six_to_nine_motifs(seed):
    name = invent("paraph", seed)
    assert 6 <= len(name) <= 9
    assert " " not in name


@every_script
def test_the_same_seed_invents_the_same_name_and_another_another(script):
    names = [invent(script, seed) for seed in range(50)]
    assert names == [invent(script, seed) for seed in range(50)]
    assert len(set(names)) > 45


def test_every_letter_that_can_be_drawn_is_drawn_in_some_name():
    for script in ("devanagari", "paraph", "arabic"):
        used = set("".join(invent(script, seed) for seed in range(300))) - {" "}
        assert set(read_script(script)["letters"]) == used


@pytest.mark.parametrize("case", [str.upper, str.lower])
def test_latin_names_reach_most_of_the_alphabet(case):
    used = set("".join(invent("latin", seed) for seed in range(500))) - {" "}
    assert len({letter for letter in used if case(letter) == letter}) >= 20
