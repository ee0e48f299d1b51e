"""Preparing: what does not matter for the result, what does, and a corpus found prepared."""

import shutil
import subprocess
import sys

import cv2
import joblib
import numpy as np
import pandas as pd
import pytest
from drawings import difference, draw, placed, saved, signatures
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from deepsign_helpers import preprocessing as pre
from deepsign_helpers import runtime
from deepsign_helpers.preprocessing import preparing

SIZE = (32, 64)
SIZES = st.sampled_from([(32, 64), (64, 128), (128, 256), (50, 50)])
FITS = st.sampled_from(["aspect", "halfway"])

# One scan


@settings(deadline=None, max_examples=30)
@given(signatures, SIZES, FITS, st.integers(0, 2**32 - 1))
def test_a_prepared_image_has_its_shape_type_and_range_and_empty_paper(gray, size, fit, seed):
    noise = np.random.default_rng(seed).normal(0, 6, gray.shape)
    prepared = pre.prepare(np.clip(gray * 0.9 + noise, 0, 255).astype(np.uint8), size, fit)
    assert prepared.dtype == np.float32 and prepared.shape == (*size, 1)
    assert prepared.min() == 0.0 and prepared.max() == 1.0
    assert np.mean(prepared == 0.0) > 0.2


@settings(deadline=None, max_examples=25)
@given(signatures, st.integers(0, 200), st.integers(0, 300), FITS)
def test_where_the_signature_stands_on_the_sheet_does_not_matter(gray, top, left, fit):
    here = placed(gray, 400, 700, 0, 0)
    there = placed(gray, 400, 700, top, left)
    assert difference(pre.prepare(here, fit=fit), pre.prepare(there, fit=fit)) < 0.35


@settings(deadline=None, max_examples=25)
@given(st.integers(3, 8), st.floats(0, 6), st.floats(0.7, 2.5))
def test_the_resolution_of_the_scan_hardly_matters(loops, phase, scale):
    height, width = round(400 * scale), round(800 * scale)
    scan = draw(800, 1600, loops, phase, thickness=16)
    again = cv2.resize(scan, (width, height), interpolation=cv2.INTER_AREA)
    assert difference(pre.prepare(scan), pre.prepare(again)) < 0.35


@settings(deadline=None, max_examples=25)
@given(signatures, st.floats(0.5, 1.0), st.integers(0, 40))
def test_the_exposure_of_the_scan_hardly_matters(gray, gain, offset):
    exposed = np.clip(gray * gain + offset, 0, 255).astype(np.uint8)
    assert difference(pre.prepare(gray), pre.prepare(exposed)) < 0.25


@settings(deadline=None, max_examples=15)
@given(st.integers(5, 8), st.floats(0, 6), st.sampled_from([-9, 9]))
def test_a_turned_sheet_matters_less_than_if_it_were_not_turned_back(loops, phase, angle):
    gray = draw(200, 800, loops, phase)
    turned = pre.rotate(gray, angle)
    level = pre.normalise(pre.fit_to(pre.crop_to_ink(gray), (128, 256)))
    left_askew = pre.normalise(pre.fit_to(pre.crop_to_ink(turned), (128, 256)))
    assert difference(pre.prepare(gray), pre.prepare(turned)) < 0.8 * difference(level, left_askew)


def test_dust_far_from_the_signature_does_not_matter():
    page = placed(draw(), 600, 900, 20, 20)
    dusty = cv2.circle(page.copy(), (850, 560), 3, 0, -1)
    assert difference(pre.prepare(page), pre.prepare(dusty)) < 0.1


def test_a_signature_and_its_mirror_image_stay_different():
    assert difference(pre.prepare(draw()), pre.prepare(draw()[:, ::-1].copy())) > 0.5


def test_a_file_or_its_content_is_read_and_prepared_in_one_call(tmp_path):
    path = tmp_path / "scan.png"
    Image.fromarray(draw()).save(path)
    expected = pre.prepare(draw(), (64, 128), "aspect")
    for content in (path, str(path), path.read_bytes()):
        prepared = pre.prepare(content, (64, 128), "aspect", "scan_07.tif")
        assert np.array_equal(prepared, expected)
    for content in (b"", saved(Image.new("L", (99, 99), 255), "PNG"), tmp_path / "absent.png"):
        with pytest.raises(pre.ImageError, match=r"^scan_07\.tif: "):
            pre.prepare(content, (64, 128), "aspect", name="scan_07.tif")


def test_the_argument_is_left_as_it_was():
    gray = draw()
    pre.prepare(gray)
    assert np.array_equal(gray, draw())


def test_a_page_of_eight_megapixels_is_shrunk_and_prepared_like_its_signature_alone(monkeypatch):
    sizes = []

    def clear_page_and_note(gray):
        sizes.append(gray.shape)
        return pre.clear_page(gray)

    monkeypatch.setattr(preparing, "clear_page", clear_page_and_note)
    signature = draw(400, 800, thickness=8)
    page = placed(signature, 3508, 2480, 2500, 900)
    assert difference(pre.prepare(signature), pre.prepare(page)) < 0.4
    assert sizes == [(400, 800), (2048, 1448)]


# A corpus


@pytest.fixture
def table(tmp_path, signature):
    paths = []
    for number in range(4):
        paths.append(str(tmp_path / f"{number}.png"))
        lower = Image.fromarray(np.roll(signature, 3 * number, axis=0))
        lower.rotate(number, fillcolor=255).save(paths[-1])
    return pd.DataFrame({"path": paths})


def must_not_run(*arguments, **options):
    raise AssertionError("prepared again")


def test_all_images_are_prepared_in_order_in_one_process_or_two(table):
    expected = [pre.prepare(path, SIZE) for path in table["path"]]
    assert np.array_equal(pre.prepare_all(table, SIZE), expected)
    with joblib.parallel_config(n_jobs=2):
        assert np.array_equal(pre.prepare_all(table, SIZE), expected)


def test_the_cache_is_read_the_next_time(table, tmp_path, monkeypatch):
    first = pre.prepare_all(table, SIZE, tmp_path / "prepared.npz")
    monkeypatch.setattr(preparing, "prepare", must_not_run)
    again = pre.prepare_all(table, SIZE, tmp_path / "prepared.npz")
    assert np.array_equal(first, again) and again.dtype == np.float32


def test_the_cache_is_not_believed_for_another_size_fit_table_or_changed_file(
    table, tmp_path, monkeypatch
):
    cache = tmp_path / "prepared.npz"
    pre.prepare_all(table, SIZE, cache)
    assert pre.prepare_all(table, (16, 32), cache).shape == (4, 16, 32, 1)
    assert not np.array_equal(
        pre.prepare_all(table, SIZE, cache, fit="aspect"), pre.prepare_all(table, SIZE, cache)
    )
    assert len(pre.prepare_all(table[:3], SIZE, cache)) == 3
    pre.prepare_all(table, SIZE, cache)
    Image.open(table["path"][1]).save(table["path"][0])
    assert np.array_equal(*pre.prepare_all(table, SIZE, cache)[:2])


@pytest.mark.parametrize("of_another", preparing.MADE_WITH)
def test_the_cache_of_another_version_is_made_again(table, tmp_path, monkeypatch, of_another):
    cache = tmp_path / "prepared.npz"
    with monkeypatch.context() as patch:
        patch.setitem(preparing.MADE_WITH, of_another, "another")
        patch.setattr(preparing, "prepare", lambda *_: np.zeros((*SIZE, 1), np.float32))
        assert not pre.prepare_all(table, SIZE, cache).any()
    assert pre.prepare_all(table, SIZE, cache).any()


OF_A_CHECKOUT = """
import sys
import pandas as pd
sys.path.insert(0, sys.argv[1])
from deepsign_helpers import preprocessing
assert preprocessing.__file__.startswith(sys.argv[1])
table = pd.DataFrame({"path": sys.argv[3:]})
print(preprocessing.prepare_all(table, (32, 64), sys.argv[2]).sum())
"""


def test_a_change_of_the_code_makes_the_cache_again(table, tmp_path):
    # As a pull does: a checkout prepares, its code changes, it prepares again.
    package = tmp_path / "checkout" / "deepsign_helpers"
    leave_out = shutil.ignore_patterns("__pycache__", "data_synthetic")
    shutil.copytree(runtime.PACKAGE_FOLDER, package, ignore=leave_out)

    def summed(cache):
        command = [sys.executable, "-c", OF_A_CHECKOUT, package.parent, tmp_path / cache]
        return float(subprocess.check_output([*command, *table["path"]], cwd=tmp_path))

    before = summed("prepared.npz")
    assert summed("prepared.npz") == before
    module = package / "preprocessing" / "framing.py"
    source = module.read_text(encoding="utf-8")
    changed = source.replace("DARKEST_INK = 0.95", "DARKEST_INK = 0.30")
    assert changed != source
    module.write_text(changed, encoding="utf-8")
    assert summed("prepared.npz") == summed("fresh.npz") != before


# The files are the same for every example.
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_no_flipped_bit_and_no_cut_changes_what_a_cache_gives(table, tmp_path, data):
    cache = tmp_path / "prepared.npz"
    expected = pre.prepare_all(table, SIZE, cache)
    content = bytearray(cache.read_bytes())
    position = data.draw(st.integers(0, len(content) - 1))
    if data.draw(st.booleans()):
        content[position] ^= 1 << data.draw(st.integers(0, 7))
    else:
        del content[position:]
    cache.write_bytes(content)
    try:
        assert np.array_equal(pre.prepare_all(table, SIZE, cache), expected)
    except ValueError as error:  # its head no longer says that it is one
        assert "is no cache of prepared images; choose another name" in str(error)
        cache.unlink()


def test_a_scan_that_is_named_as_the_cache_is_not_replaced(table, tmp_path):
    scan = tmp_path / "scan.png"
    shutil.copyfile(table["path"][0], scan)
    content = scan.read_bytes()
    with pytest.raises(ValueError, match="is no cache of prepared images; choose another name"):
        pre.prepare_all(table, SIZE, scan)
    assert scan.read_bytes() == content


def test_a_cache_of_an_earlier_version_is_made_again(table, tmp_path):
    cache = tmp_path / "prepared.npz"
    with cache.open("wb") as file:
        np.savez(file, images=np.zeros((4, *SIZE, 1)), fingerprint="of then")
    assert np.array_equal(pre.prepare_all(table, SIZE, cache), pre.prepare_all(table, SIZE))


def test_a_cache_that_states_another_shape_is_made_again(table, tmp_path):
    cache = tmp_path / "prepared.npz"
    expected = pre.prepare_all(table, SIZE, cache)
    content = cache.read_bytes()
    assert content.count(b"(4, 32, 64, 1)") == 1
    cache.write_bytes(content.replace(b"(4, 32, 64, 1)", b"(4, 32, 60, 1)"))
    assert np.array_equal(pre.prepare_all(table, SIZE, cache), expected)


def test_where_a_cache_cannot_be_written_is_said_before_the_work(table, tmp_path, monkeypatch):
    monkeypatch.setattr(preparing, "prepare", must_not_run)
    with pytest.raises(OSError, match=r"prepared\.npz: cannot be written .*does its folder exist"):
        pre.prepare_all(table, SIZE, tmp_path / "nowhere" / "prepared.npz")


def test_a_run_that_fails_leaves_the_cache_as_it_was(table, tmp_path):
    cache = tmp_path / "prepared.npz"
    pre.prepare_all(table, SIZE, cache)
    before = cache.read_bytes()
    Image.new("L", (100, 100), 255).save(table["path"][2])
    with pytest.raises(pre.ImageError):
        pre.prepare_all(table, SIZE, cache)
    assert cache.read_bytes() == before
    assert not list(tmp_path.glob(".*"))


def test_a_damaged_cache_is_made_again(table, tmp_path):
    cache = tmp_path / "prepared.npz"
    expected = pre.prepare_all(table, SIZE, cache)
    cache.write_bytes(cache.read_bytes()[:1000])
    assert np.array_equal(pre.prepare_all(table, SIZE, cache), expected)
    with np.load(cache) as kept:
        assert np.array_equal(kept["images"], expected)


@pytest.mark.parametrize("content", ["nothing", "a zip file of a later version"])
def test_a_cache_that_cannot_be_read_is_made_again(table, tmp_path, content):
    cache = tmp_path / "prepared.npz"
    expected = pre.prepare_all(table, SIZE, cache)
    damaged = bytearray(cache.read_bytes())
    damaged[damaged.index(b"PK\x01\x02") + 6] = 255  # the version needed to read the first entry
    cache.write_bytes(b"" if content == "nothing" else damaged)
    assert np.array_equal(pre.prepare_all(table, SIZE, cache), expected)


@pytest.mark.parametrize("name", ["prepared", "prepared.cache"])
def test_a_cache_may_be_called_anything(table, tmp_path, monkeypatch, name):
    folder = tmp_path / "caches"
    folder.mkdir()
    first = pre.prepare_all(table, SIZE, folder / name)
    assert [path.name for path in folder.iterdir()] == [name]
    monkeypatch.setattr(preparing, "prepare", must_not_run)
    assert np.array_equal(pre.prepare_all(table, SIZE, folder / name), first)


def test_files_are_read_where_they_are_prepared(table, monkeypatch):
    monkeypatch.setattr(preparing, "read_gray", must_not_run)
    with joblib.parallel_config(n_jobs=2):
        assert len(pre.prepare_all(table, SIZE)) == 4


# Images that cannot be used


def spoil(paths):
    """Make blank pages of some images."""
    for path in paths:
        Image.new("L", (100, 100), 255).save(path)


def test_an_image_that_cannot_be_used_is_named(table):
    spoil(table["path"][2:3])
    with pytest.raises(pre.ImageError, match=r"^[^\n]*2\.png: no ink found[^\n]*$"):
        pre.prepare_all(table, SIZE)


@pytest.mark.parametrize("processes", [1, 2])
def test_all_images_that_cannot_be_used_are_named_at_once(table, processes):
    spoil(table["path"][1:2])
    table.loc[3, "path"] = "/nowhere/3.png"
    with (
        joblib.parallel_config(n_jobs=processes),
        pytest.raises(pre.ImageError, match=r"^2 of 4 images cannot be used; mend") as caught,
    ):
        pre.prepare_all(table, SIZE)
    _, first, second = str(caught.value).split("\n")
    assert first.startswith(f"- {table['path'][1]}: no ink found")
    assert second.startswith("- /nowhere/3.png: cannot be opened")


def test_of_many_that_cannot_be_used_ten_are_named_and_the_others_counted():
    missing = pd.DataFrame({"path": [f"/nowhere/{number}.png" for number in range(13)]})
    with pytest.raises(pre.ImageError) as caught:
        pre.prepare_all(missing, SIZE)
    lines = str(caught.value).split("\n")
    assert lines[0].startswith("13 of 13 images cannot be used")
    assert [line.partition(": ")[0] for line in lines[1:11]] == [
        f"- /nowhere/{number}.png" for number in range(10)
    ]
    assert lines[11:] == ["and 3 more"]


def test_images_are_left_out_with_a_warning_and_their_rows_with_them(table):
    table["writer"] = ["w0", "w1", "w2", "w3"]
    table.index = [7, 7, 8, 9]  # as after a choice of rows
    spoil(table["path"].iloc[[0, 2]])
    with pytest.warns(UserWarning, match=r"^2 of 4 images cannot be used; they are left") as warned:
        images, kept = pre.prepare_all(table, SIZE, unusable="leave out")
    assert len(warned) == 1
    assert warned[0].filename == __file__  # the line that asked for it
    assert kept["writer"].tolist() == ["w1", "w3"]
    assert kept.index.tolist() == [0, 1]
    assert images.tolist() == [pre.prepare(path, SIZE).tolist() for path in kept["path"]]
    left_out = kept.attrs["unusable"]
    assert list(left_out) == table["path"].iloc[[0, 2]].tolist()
    assert all("no ink found" in reason for reason in left_out.values())
    assert len(table) == 4 and table.attrs == {}


def test_where_all_images_can_be_used_none_is_left_out(table):
    images, kept = pre.prepare_all(table, SIZE, unusable="leave out")
    assert np.array_equal(images, pre.prepare_all(table, SIZE))
    pd.testing.assert_frame_equal(kept, table)
    assert kept.attrs == {"unusable": {}}


def test_where_none_is_left_that_is_an_error(table):
    spoil(table["path"])
    with pytest.raises(pre.ImageError, match=r"^4 of 4 images cannot be used; none is left"):
        pre.prepare_all(table, SIZE, unusable="leave out")


def test_a_cache_remembers_what_was_left_out(table, tmp_path, monkeypatch):
    spoil(table["path"][1:3])
    cache = tmp_path / "prepared.npz"
    with pytest.warns(UserWarning, match="2 of 4"):
        images, kept = pre.prepare_all(table, SIZE, cache, unusable="leave out")
    with monkeypatch.context() as patch:
        patch.setattr(preparing, "prepare", must_not_run)
        with pytest.warns(UserWarning, match="2 of 4"):
            images_again, kept_again = pre.prepare_all(table, SIZE, cache, unusable="leave out")
        assert np.array_equal(images, images_again)
        assert kept.attrs == kept_again.attrs
        with pytest.raises(pre.ImageError, match="2 of 4 images cannot be used"):
            pre.prepare_all(table, SIZE, cache)
    Image.open(table["path"][0]).save(table["path"][1])  # mended
    with pytest.warns(UserWarning, match="1 of 4"):
        assert len(pre.prepare_all(table, SIZE, cache, unusable="leave out")[0]) == 3


def test_another_error_is_not_taken_for_an_unusable_image(table, monkeypatch):
    monkeypatch.setattr(preparing, "prepare", must_not_run)
    with pytest.raises(AssertionError, match="prepared again"):
        pre.prepare_all(table, SIZE, unusable="leave out")


@pytest.mark.parametrize("unusable", ["leave_out", "ignore", None, True])
def test_what_else_to_do_with_them_is_refused_before_the_work(table, monkeypatch, unusable):
    monkeypatch.setattr(preparing, "prepare", must_not_run)
    with pytest.raises(ValueError, match=r'^unusable: is .*; "raise" and "leave out" are possible'):
        pre.prepare_all(table, SIZE, unusable=unusable)
