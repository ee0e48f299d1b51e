"""Real signatures and weights are told by what is in a file, whatever it is called."""

import base64
import bz2
import gzip
import hashlib
import io
import lzma
import os
import pickle
import sqlite3
import subprocess
import sys
import tarfile
import zipfile

import cv2
import h5py
import nbformat
import numpy as np
import onnx
import pytest
import tensorflow as tf
from PIL import Image

from deepsign_helpers import encoders, runtime
from tools import guard

PROJECT = runtime.project_folder()
SIGNATURE = cv2.ellipse(np.full((64, 128), 255, np.uint8), (64, 32), (40, 20), 9, 0, 300, 0)
PNG = cv2.imencode(".png", SIGNATURE)[1].tobytes()
BY_PILLOW = ("JPEG", "GIF", "WEBP", "TIFF", "BMP", "AVIF", "JPEG2000", "PDF", "EPS")
# What nothing here can write: how the format says that it begins, then anything.
BY_HAND = {
    "HEIC": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
    "JPEG XL": b"\xff\x0a\xfa\x7f\x01\x90",
    "Photoshop": b"8BPS\0\x01\0\0\0\0\0\0\0\x01",
    "Zstandard": b"\x28\xb5\x2f\xfd\x04\x58",
    "7-Zip": b"7z\xbc\xaf\x27\x1c\0\x04",
    "RAR": b"Rar!\x1a\x07\x01\0",
    "Office": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    "TensorFlow Lite": b"\x1c\0\0\0TFL3\x14\0 \0",
    "safetensors": (64).to_bytes(8, "little") + b'{"weight":{"dtype":"F32","shape":[1]}}',
    "Parquet": b"PAR1\x15\x04\x15\x10",
    "shard of a checkpoint": np.random.default_rng(0).normal(size=99).astype("<f4").tobytes(),
    "Latin-1": "Unterschrift für Zürich".encode("latin-1"),
}
WRITTEN = {
    "RTF": r"{\rtf1\ansi{\pict\pngblip 89504e47}}",
    "PNM": "P2\n2 2\n255\n0 255 255 0\n",
    "XPM": '/* XPM */\nstatic char *scan[] = {"2 1 1 1", "a c #000000", "aa"};\n',
    "XBM": "#define scan_width 8\n#define scan_height 1\nstatic char scan_bits[] = {0xff};\n",
}

TOOL = ("tools/__init__.py", "tools/guard.py")


def by_pillow(name):
    file = io.BytesIO()
    Image.fromarray(SIGNATURE).save(file, name)
    return file.getvalue()


def archived(kind):
    """Return a signature in an archive."""
    file = io.BytesIO()
    if kind == "zip":
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("scan.png", PNG)
    else:
        with tarfile.open(fileobj=file, mode="w") as archive:
            entry = tarfile.TarInfo("scan.png")
            entry.size = len(PNG)
            archive.addfile(entry, io.BytesIO(PNG))
    return file.getvalue()


def stored(kind, folder):
    """Return weights, as each library stores them."""
    weights = np.linspace(-1, 1, 9, dtype=np.float32)
    path = folder / kind
    if kind == "HDF5":
        with h5py.File(path, "w") as file:
            file["weights"] = weights
    elif kind == "NumPy":
        path = folder / "weights.npy"
        np.save(path, weights)
    elif kind == "Keras":
        path = folder / "encoder.keras"
        encoders.lightweight_encoder((32, 64, 1)).save(path)
    elif kind == "checkpoint":
        tf.train.Checkpoint(weights=tf.Variable(weights)).write(str(path))
        path = folder / "checkpoint.index"
    elif kind == "ONNX":
        tensor = onnx.numpy_helper.from_array(weights, "weights")
        graph = onnx.helper.make_graph([], "encoder", [], [], [tensor])
        onnx.save(onnx.helper.make_model(graph), path)
    else:
        with sqlite3.connect(path) as database:
            database.execute("create table weights (value real)")
        database.close()
    return path.read_bytes()


def address_of(content, kind):
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"


@pytest.fixture
def files(tmp_path):
    """Files by what they are: none is text of the project, and none may come in."""
    found = {"PNG": PNG}
    found |= {name: by_pillow(name) for name in BY_PILLOW}
    found |= {kind: archived(kind) for kind in ("zip", "tar")}
    found |= {"gzip": gzip.compress(PNG), "bzip2": bz2.compress(PNG), "xz": lzma.compress(PNG)}
    for kind in ("HDF5", "NumPy", "Keras", "checkpoint", "ONNX", "SQLite"):
        found[kind] = stored(kind, tmp_path)
    found |= {f"pickle {number}": pickle.dumps(SIGNATURE, number) for number in (2, 3, 4, 5)}
    found |= BY_HAND | {name: text.encode() for name, text in WRITTEN.items()}
    image = f'<image href="{address_of(PNG, "png")}"/>'
    found["SVG around a PNG"] = f'<svg xmlns="http://www.w3.org/2000/svg">{image}</svg>'.encode()
    found["Markdown with a JPEG"] = f"![scan]({address_of(by_pillow('JPEG'), 'jpeg')})".encode()
    found["letters of a PNG"] = base64.encodebytes(PNG)  # in lines of 76, as in an e-mail
    return found


@pytest.fixture
def checkout(tmp_path):
    """A corpus of one listed image, in a repository with one chapter."""
    folder = tmp_path / "checkout"
    (folder / "data_synthetic" / "images").mkdir(parents=True)
    (folder / "data_synthetic" / "images" / "genuine_00.png").write_bytes(PNG)
    listed = hashlib.sha256(PNG).hexdigest()
    (folder / "data_synthetic" / "manifest.csv").write_text(
        f"path,sha256\nimages/genuine_00.png,{listed}\n"
    )
    (folder / "chapters.toml").write_text('[[chapters]]\nnotebook = "00_first"\n')
    (folder / "notebooks").mkdir()
    subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True)
    return folder


def git(checkout, *command):
    subprocess.run(["git", *command], cwd=checkout, check=True, capture_output=True)


def refused(checkout):
    return guard.refusals(guard.kept_by_git(checkout), checkout)


def write_notebook(path, cell):
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)


def test_what_is_no_text_is_refused_by_its_content_under_any_name(files, checkout):
    assert len(files) > 25
    for kind, content in files.items():
        for name in ("notes.txt", "docs/plan.md", "data_synthetic/images/w000/genuine_99.png"):
            path = checkout / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            sentences = guard.refusals([name], checkout)
            assert len(sentences) == 1, kind
            assert sentences[0].startswith(f"{name}: is "), kind
            assert "git rm --cached" in sentences[0]
            path.unlink()


@pytest.mark.parametrize(
    ("kind", "called"),
    [
        ("JPEG", "a JPEG image"),
        ("AVIF", "a HEIC or AVIF image"),
        ("PDF", "a PDF document"),
        ("Keras", "a ZIP archive"),
        ("checkpoint", "the index of a TensorFlow checkpoint"),
        ("shard of a checkpoint", "no text in UTF-8"),
        ("SVG around a PNG", "text that holds an image"),
        ("letters of a PNG", "text that spells a PNG image"),
    ],
)
def test_a_refusal_calls_what_it_found_by_its_name(kind, called, files):
    assert guard.kind_of(files[kind]).startswith(called)


def test_text_passes_under_any_name(checkout):
    texts = [
        "",
        "Zürich, ½ mm, \u200b日本\n",
        "BM stands for bitmap",
        "PK\n",
        "GIF8",
        "P5 is a pen\n",
    ]
    texts += ["-----\n" * 99, "0123456789abcdef" * 4, "<svg><path d='M0 0L9 9'/></svg>"]
    for text in texts:
        (checkout / "scan.png").write_text(text, encoding="utf-8")
        assert guard.refusals(["scan.png"], checkout) == []


def test_an_image_of_the_corpus_passes_as_long_as_it_is_the_one_that_is_listed(checkout):
    assert refused(checkout) == []
    listed = checkout / "data_synthetic" / "images" / "genuine_00.png"
    listed.write_bytes(by_pillow("JPEG"))
    (sentence,) = refused(checkout)
    assert "is not the picture whose checksum stands in data_synthetic/manifest.csv" in sentence
    listed.write_bytes(PNG)
    (checkout / "genuine_00.png").write_bytes(PNG)  # the same, elsewhere
    (sentence,) = refused(checkout)
    assert sentence.startswith("genuine_00.png: is a PNG image;")


def test_the_banner_passes_only_as_it_was_drawn(checkout):
    banner = checkout / "docs" / "banner.png"
    banner.parent.mkdir()
    banner.write_bytes((PROJECT / "docs" / "banner.png").read_bytes())
    assert refused(checkout) == []
    banner.write_bytes(PNG)
    (sentence,) = refused(checkout)
    assert "whose checksum stands in tools/guard.py" in sentence


def test_what_a_chapter_printed_passes_and_no_other_picture_in_a_notebook(checkout):
    chapter = checkout / "notebooks" / "00_first.ipynb"
    scan = {"image/png": base64.b64encode(PNG).decode()}
    shown = nbformat.v4.new_output("display_data", scan)
    printed = nbformat.v4.new_code_cell("sign()", outputs=[shown])
    write_notebook(chapter, printed)
    assert refused(checkout) == []
    attached = nbformat.v4.new_markdown_cell("See.", attachments={"scan.png": scan})
    write_notebook(chapter, attached)
    assert "spells a PNG image" in refused(checkout)[0]
    write_notebook(chapter, nbformat.v4.new_code_cell(f"show('{scan['image/png']}')"))
    assert "spells a PNG image" in refused(checkout)[0]
    chapter.unlink()
    write_notebook(checkout / "notebooks" / "mine.ipynb", printed)  # nobody executes it again
    assert "spells a PNG image" in refused(checkout)[0]


def test_what_was_added_in_spite_of_gitignore_is_refused_though_it_is_gone(checkout):
    (checkout / ".gitignore").write_text("data_real/\n")
    scan = checkout / "data_real" / "scan.txt"
    scan.parent.mkdir()
    scan.write_bytes(PNG)
    assert refused(checkout) == []  # git ignores it
    git(checkout, "add", "--force", "data_real/scan.txt")
    scan.unlink()
    assert refused(checkout)[0].startswith("data_real/scan.txt: is a PNG image;")


def test_of_a_link_git_keeps_the_path_and_of_another_repository_nothing_that_can_be_judged(
    checkout, tmp_path
):
    (tmp_path / "scan.png").write_bytes(PNG)
    (checkout / "link").symlink_to(tmp_path / "scan.png")
    assert refused(checkout) == []
    other = checkout / "other"
    other.mkdir()
    git(other, "init", "--quiet")
    (sentence,) = refused(checkout)
    assert sentence.startswith("other/: is a repository of its own")


def test_what_is_no_file_of_the_repository_gets_one_sentence(tmp_path):
    for argument in (str(tmp_path), "no/such/file"):
        assert guard.main([argument]).startswith(f"{argument}: is no file of this repository;")


def test_all_that_git_keeps_of_this_checkout_passes():
    if not (PROJECT / ".git").exists():
        pytest.skip("not a clone of the repository")
    assert len(guard.kept_by_git(PROJECT)) > 700
    assert guard.main([]) == ""


def test_a_commit_of_a_scan_is_stopped_where_the_hook_is_switched_on(checkout, tmp_path):
    (checkout / "tools").mkdir()
    for name in (".pre-commit-config.yaml", "pyproject.toml", *TOOL):
        (checkout / name).write_bytes((PROJECT / name).read_bytes())
    (checkout / ".venv").symlink_to(sys.prefix)
    (checkout / ".gitignore").write_text(".venv\n")

    def commit():
        git(checkout, "add", ".")
        command = [sys.executable, "-m", "pre_commit", "run"]
        home = os.environ | {"PRE_COMMIT_HOME": str(tmp_path / "hooks")}
        return subprocess.run(command, cwd=checkout, env=home, capture_output=True, text=True)

    passed = commit()
    assert passed.returncode == 0, passed.stdout
    assert passed.stdout.count("Passed") == 3  # the guard, ruff check, ruff format
    (checkout / "notes.txt").write_bytes(PNG)
    stopped = commit()
    assert stopped.returncode
    assert "notes.txt: is a PNG image; take it out" in stopped.stdout
