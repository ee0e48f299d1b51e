"""Trees of files called as in licensed corpora: the names are theirs, the content is not."""

import numpy as np
from PIL import Image


def fill(folder, *paths):
    """Put a file at each path, every one with its own content; nothing here decodes an image."""
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(b"content of " + path.encode())
    return folder


def fill_images(folder, *paths, mode="L", size=(24, 40)):
    """Put an image of noise at each path, of one mode, every one with its own content."""
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        rng = np.random.default_rng(list(path.encode()))
        levels = rng.integers(0, 256, size, dtype=np.uint8)
        Image.fromarray(levels).convert(mode).save(folder / path)
    return folder


def numbers(last, digits=1, first=1):
    return [f"{number:0{digits}d}" for number in range(first, last + 1)]


def cedar(writers=2, samples=2):
    return [
        f"signatures/{folder}_{writer}_{sample}.png"
        for folder in ("full_org/original", "full_forg/forgeries")
        for writer in numbers(writers)
        for sample in numbers(samples)
    ]


def cedar_by_writer(writers=2, samples=2):
    return [
        f"CEDAR/CEDAR/{writer}/{kind}_{writer}_{sample}.png"
        for writer in numbers(writers)
        for kind in ("original", "forgeries")
        for sample in numbers(samples)
    ]


def bhsig260(folder="Hindi", writers=2, genuine=2, forged=3, digits=3):
    return [
        f"{folder}/{int(writer):0{digits}d}/{folder[0]}-S-{writer}-{kind}-{sample}.tif"
        for writer in numbers(writers)
        for kind, samples in (("G", genuine), ("F", forged))
        for sample in numbers(samples, 2)
    ]


def nisdcc():
    return [
        *(f"all/NISDCC-{w}_{w}_00{s}_6g.PNG" for w in ("001", "002") for s in (1, 2)),
        *(f"all/NISDCC-021_{w}_00{s}_6g.PNG" for w in ("001", "002") for s in (1, 2)),
    ]


def nfi():
    return [
        *(f"genuines/NFI-{w}0{s}{w}.png" for w in ("001", "002") for s in (1, 2)),
        *(f"forgeries/NFI-0880{s}{w}.png" for w in ("001", "002") for s in (1, 2)),
    ]


def handwritten_signatures():
    return [
        *(f"dataset1/real/{w}0{s}{w}.png" for w in ("001", "002") for s in (0, 1)),
        *(f"dataset1/forge/0210{s}{w}.png" for w in ("001", "002") for s in (0, 1)),
    ]


def sigcomp2011():
    return [
        *(f"TrainingSet/Offline Genuine/00{w}_0{s}.PNG" for w in (1, 2) for s in (1, 2)),
        *(f"TrainingSet/Offline Forgeries/011900{w}_0{s}.png" for w in (1, 2) for s in (1, 2)),
    ]


def sign_data(split="train"):
    return [
        *(f"{split}/049/0{sample}_049.png" for sample in (1, 2)),
        *(f"{split}/049_forg/0{sample}_0114049.PNG" for sample in (1, 2)),
    ]


def sigwicomp2013():
    return [
        *(f"Japanese/01{w}/0{s}_01{w}.png" for w in (1, 2) for s in (1, 2)),
        *(f"Japanese/01{w}/0{s}_0021_01{w}.png" for w in (1, 2) for s in (1, 2)),
    ]


def utsig(writers=2):
    return [
        f"UTSig/{folder}/{writer}/{sample}.tif"
        for folder, samples in (
            ("Genuine", 27),
            ("Forgery/Skilled", 6),
            ("Forgery/Simple", 36),
            ("Forgery/Opposite Hand", 3),
        )
        for writer in numbers(writers)
        for sample in numbers(samples)
    ]


def mcyt75():
    return [f"{w}/{w}{kind}0{s}.bmp" for w in ("0000", "0012") for kind in "vf" for s in (0, 1)]


def gpds(writers=2, genuine=24, forged=30, form="{writer}/{kind}-{writer}-{sample}.jpg"):
    return [
        form.format(writer=writer, kind=kind, sample=sample)
        for writer in numbers(writers, 3)
        for kind, samples in (("c", genuine), ("cf", forged))
        for sample in numbers(samples, 2)
    ]


# A tree of each named layout: two writers, and how many images are genuine and forged.
TREES = {
    "cedar": (cedar(), 4, 4),
    "bhsig260": (bhsig260(), 4, 6),
    "sigcomp2009-training": (nisdcc(), 4, 4),
    "sigcomp2009-evaluation": (nfi(), 4, 4),
    "handwritten-signatures": (handwritten_signatures(), 4, 4),
    "sigcomp2011": (sigcomp2011(), 4, 4),
    "sigwicomp2013": (sigwicomp2013(), 4, 4),
    "utsig": (utsig(), 54, 90),
    "mcyt75": (mcyt75(), 4, 4),
    "gpds": (gpds(), 48, 60),
}
