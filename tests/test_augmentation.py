"""Recipes repeat for a seed, keep paper and proportions, and vary less than a forger does."""

from itertools import product

import albumentations
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deepsign_helpers import augmentation, corpora, descriptor, preprocessing, runtime

RECIPES = [augmentation.geometric, augmentation.tone, augmentation.noise, augmentation.everything]
MIRRORING = {
    "HorizontalFlip",
    "VerticalFlip",
    "Transpose",
    "D4",
    "SquareSymmetry",
    "RandomRotate90",
    "Rotate",
}

every_recipe = pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.__name__)


def vary(recipe: albumentations.Compose, image: np.ndarray, times: int) -> list[np.ndarray]:
    return [recipe(image=image)["image"] for _ in range(times)]


def transforms_within(
    recipe: albumentations.BaseCompose | albumentations.BasicTransform,
) -> list[albumentations.BasicTransform]:
    """Return all transforms at any depth."""
    found = []
    for part in recipe.transforms:
        if isinstance(part, albumentations.BaseCompose):
            found += transforms_within(part)
        else:
            found.append(part)
    return found


def distance(left: np.ndarray, right: np.ndarray) -> float:
    difference = descriptor.gradient_descriptor(left) - descriptor.gradient_descriptor(right)
    return float(np.linalg.norm(difference))


@every_recipe
@settings(max_examples=25, deadline=None)
@given(
    height=st.integers(16, 80),
    width=st.integers(16, 160),
    seed=st.integers(0, 2**32 - 1),
    prepared=st.booleans(),
)
def test_an_image_keeps_its_type_shape_and_range_and_is_left_alone(
    recipe, height, width, seed, prepared
):
    rng = np.random.default_rng(seed)
    strokes = rng.random((height, width)) < 0.1
    if prepared:
        image = strokes[..., None] * rng.random((height, width, 1), np.float32)
    else:
        image = np.uint8(255 - 200 * strokes)
    before = image.copy()
    for varied in vary(recipe(seed, prepared=prepared), image, 4):
        assert varied.dtype == image.dtype
        assert varied.shape == image.shape
        assert np.isfinite(varied).all()
        if prepared:
            assert varied.min() >= 0
            assert varied.max() <= 1
    assert np.array_equal(image, before)


@every_recipe
@pytest.mark.parametrize("prepared", [False, True])
def test_one_seed_repeats_the_sequence_and_another_does_not(
    recipe, prepared, signature, prepared_signature
):
    image = prepared_signature if prepared else signature
    first = vary(recipe(3, prepared=prepared), image, 12)
    again = vary(recipe(3, prepared=prepared), image, 12)
    other = vary(recipe(4, prepared=prepared), image, 12)
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert any(not np.array_equal(first[0], later) for later in first[1:])


def test_a_recipe_uses_no_global_randomness(signature):
    expected = vary(augmentation.everything(5), signature, 4)
    np.random.seed(1)  # noqa: NPY002  (the very thing that must not matter)
    state = np.random.get_state()[1].copy()  # noqa: NPY002
    assert np.array_equal(vary(augmentation.everything(5), signature, 4), expected)
    assert np.array_equal(np.random.get_state()[1], state)  # noqa: NPY002


@every_recipe
def test_a_blank_prepared_image_stays_blank(recipe):
    blank = np.zeros((32, 64, 1), np.float32)
    assert not np.any(vary(recipe(0, prepared=True), blank, 60))


def test_the_border_that_a_scan_gains_is_paper():
    blank = np.full((60, 120), 255, np.uint8)
    assert np.all(np.array(vary(augmentation.geometric(0), blank, 60)) == 255)


@pytest.mark.parametrize("recipe", [augmentation.tone, augmentation.noise])
def test_tone_and_noise_leave_prepared_paper_away_from_ink_at_zero(recipe, prepared_signature):
    image = np.concatenate([prepared_signature, np.zeros_like(prepared_signature)])
    varied = np.array(vary(recipe(0, prepared=True), image, 60))
    assert not varied[:, 40:].any()
    assert varied[:, :32].any()


def test_ink_that_reaches_the_edges_is_hardly_cut_off(prepared_signature):
    rows, columns = np.nonzero(prepared_signature[..., 0])
    tight = prepared_signature[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    kept = [
        varied.sum() / tight.sum()
        for varied in vary(augmentation.geometric(0, prepared=True), tight, 200)
    ]
    assert np.median(kept) > 0.85  # scaling to 0.9 takes a fifth away without cutting anything off


def test_a_tilt_keeps_a_frame_drawn_along_the_edges():
    frame = np.pad(np.zeros((30, 62, 1), np.float32), ((1, 1), (1, 1), (0, 0)), constant_values=1)
    tilt = augmentation.geometric(0, prepared=True).transforms[1]
    tilt.p = 1.0
    kept = [tilted.sum() for tilted in vary(albumentations.Compose([tilt], seed=0), frame, 50)]
    assert min(kept) > 0.8 * frame.sum()


@every_recipe
@pytest.mark.parametrize("prepared", [False, True])
def test_no_recipe_holds_a_flip(recipe, prepared):
    for transform in transforms_within(recipe(0, prepared=prepared)):
        assert type(transform).__name__ not in MIRRORING
        if isinstance(transform, albumentations.Affine):
            for bounds in transform.scale.values():
                assert min(bounds) > 0.5
            assert max(np.abs(transform.rotate)) < 10


@pytest.mark.parametrize("recipe", [augmentation.geometric, augmentation.everything])
def test_no_output_is_nearer_to_the_signature_when_mirrored(recipe, prepared_signature):
    for varied in vary(recipe(0, prepared=True), prepared_signature, 100):
        as_it_is = distance(varied, prepared_signature)
        assert as_it_is < distance(varied[:, ::-1], prepared_signature)
        assert as_it_is < distance(varied[::-1], prepared_signature)


@pytest.fixture(scope="module")
def corpus():
    """Eight writers' four genuine and four forged signatures, as scans and as prepared images."""
    table = corpora.load(runtime.data_folder())
    first_writers = sorted(table["writer"].unique())[:8]
    table = table[table["writer"].isin(first_writers)].groupby(["writer", "kind"]).head(4)
    table = table.reset_index(drop=True)
    table["scan"] = [preprocessing.read_gray(path) for path in table["path"]]
    table["prepared"] = [prepare(scan) for scan in table["scan"]]
    return table


def prepare(scan: np.ndarray) -> np.ndarray:
    return preprocessing.prepare(scan, size=(128, 192), fit="aspect")


def median_distance_to_own_forgeries(corpus) -> float:
    distances = []
    for _, own in corpus.groupby("writer"):
        genuine = own["prepared"][own["kind"] == "genuine"]
        forged = own["prepared"][own["kind"] == "forged"]
        distances += [distance(*pair) for pair in product(genuine, forged)]
    return float(np.median(distances))


def median_move(recipe: albumentations.Compose, corpus, prepared: bool) -> float:
    genuine = corpus[corpus.kind == "genuine"]
    if prepared:
        moved = [vary(recipe, image, 1)[0] for image in genuine.prepared]
    else:
        moved = [prepare(vary(recipe, scan, 1)[0]) for scan in genuine.scan]
    return float(np.median([distance(*pair) for pair in zip(genuine.prepared, moved, strict=True)]))


@every_recipe
@pytest.mark.parametrize("prepared", [False, True])
def test_a_recipe_moves_a_genuine_signature_less_than_a_skilled_forgery_is_away(
    recipe, prepared, corpus
):
    move = median_move(recipe(0, prepared=prepared), corpus, prepared)
    assert move < 0.85 * median_distance_to_own_forgeries(corpus)


def test_an_excessive_recipe_moves_it_further_than_a_skilled_forgery(corpus):
    affine = albumentations.Affine(
        rotate=(-30, 30), shear={"x": (-30, 30)}, scale=(0.7, 1.2), fill=0, p=1
    )
    excessive = albumentations.Compose([affine], seed=0)
    assert median_move(excessive, corpus, prepared=True) > median_distance_to_own_forgeries(corpus)
