"""Ways to vary a signature that leave what betrays a forgery: place, tone, noise, never a flip."""

import albumentations
import numpy as np

from deepsign_helpers.preprocessing.prepared import require_prepared

PAPER_OF_SCAN = 255.0
PAPER_OF_PREPARED = 0.0


class Recipe(albumentations.Compose):
    """Transforms in a row, for scans or for prepared images: each refuses the other's.

    Albumentations would cut the levels of an image that it takes for another kind, and say nothing.

    Parameters
    ----------
    transforms : list
        Of Albumentations.
    seed : int, at least 0
        Two recipes of one seed give the same images in the same order.
    prepared : bool
        As for `geometric`.

    Raises
    ------
    ValueError
        If an image is not uint8, or for prepared images not float32 from 0.0 to 1.0.
    """

    def __init__(self, transforms: list, seed: int, prepared: bool) -> None:
        super().__init__(transforms, seed=seed)
        self.levels = np.dtype(np.float32 if prepared else np.uint8)

    def __call__(self, *args: object, **data: object) -> dict:
        """Vary one image, given as `image`."""
        image = data.get("image")
        if isinstance(image, np.ndarray):
            if image.dtype != self.levels:
                cure = "say prepared=True for prepared images, and False for scans"
                raise ValueError(f"image: {image.dtype} where {self.levels} is needed; {cure}")
            if self.levels == np.float32:
                require_prepared(image, "image")
        return super().__call__(*args, **data)


def geometric(seed: int, prepared: bool = False) -> Recipe:
    """Return the recipe that shifts, turns, scales, slants and tilts a signature a little.

    The paper has no end. The ranges stay inside what one hand does from one day to the next. A flip
    is left out for good: a mirrored signature is a shape that its writer never made. Elastic warps,
    which bend letters as a forger does, and thicker or thinner strokes are left out too: neither
    lowered the error on real signatures. Derived in chapter 02, *Geometric: where it stands and how
    it leans*.

    Parameters
    ----------
    seed : int, at least 0
        Two recipes of one seed give the same images in the same order.
    prepared : bool
        False for uint8 (height, width), paper 255; True for float32 (height, width, 1), paper 0.0
        and ink up to 1.0.

    Returns
    -------
    Recipe
        Called as `recipe(image=image)["image"]`, once for each image: `recipe(images=batch)` would
        vary a whole batch alike. The image keeps its type, shape and range, and is not altered in
        place.

    References
    ----------
    A. Buslaev et al., Albumentations: fast and flexible image augmentations, Information 11(2),
    2020, doi:10.3390/info11020125.

    Examples
    --------
    >>> import numpy as np
    >>> page = np.full((60, 120), 255, np.uint8)
    >>> page[28:32, 20:100] = 0
    >>> recipe = geometric(seed=1)
    >>> varied = recipe(image=page)["image"]
    >>> varied.shape, bool((varied != page).any())
    ((60, 120), True)
    """
    paper = _paper(prepared)
    affine = albumentations.Affine(
        rotate=(-4, 4),  # degrees
        shear={"x": (-6, 6), "y": (0, 0)},  # degrees
        # Of the image's sides.
        translate_percent={"x": (-0.02, 0.02), "y": (-0.02, 0.02)},
        # Rarely larger: ink that leaves the sheet is evidence lost.
        scale=(0.9, 1.04),
        # Proportion is the writer's.
        keep_ratio=True,
        fill=paper,
        p=1.0,
    )
    tilt = albumentations.Perspective(
        scale=(0.01, 0.03),
        # By default the tilted sheet is cut to fill the frame, and prepared ink reaches up to it.
        fit_output=True,
        fill=paper,
        p=0.3,
    )
    return Recipe([affine, tilt], seed, prepared)


def tone(seed: int, prepared: bool = False) -> Recipe:
    """Return the recipe that varies how dark the ink is and, on a scan, how bright the paper.

    A prepared image has lost its paper already, so there only the ink varies and paper stays
    exactly 0.0. Derived in chapter 02, *Tone and colour*.

    Parameters
    ----------
    seed : int, at least 0
        As for `geometric`.
    prepared : bool
        As for `geometric`.

    Returns
    -------
    Recipe
        As for `geometric`.

    Examples
    --------
    >>> import numpy as np
    >>> ink = np.full((2, 2, 1), 0.5, np.float32)
    >>> ink[0] = 0  # paper
    >>> recipe = tone(seed=1, prepared=True)
    >>> float(recipe(image=ink)["image"][0].max())
    0.0
    """
    contrast = albumentations.RandomBrightnessContrast(
        brightness_limit=0.0 if prepared else 0.1,
        contrast_limit=0.2,
        p=0.8,
    )
    gamma = albumentations.RandomGamma(gamma_limit=(75, 130), p=0.5)  # per cent
    return Recipe([contrast, gamma], seed, prepared)


def noise(seed: int, prepared: bool = False) -> Recipe:
    """Return the recipe that adds what a sensor, a lens, a file format and a worn sheet add.

    On a scan: small holes, blur, Gaussian noise and JPEG compression. In a prepared image grain and
    compression survive only inside the ink, so there one grain stands for both and paper stays
    exactly 0.0 away from the ink. Derived in chapter 02, *Noise: sensor, lens, file, wear*.

    Parameters
    ----------
    seed : int, at least 0
        As for `geometric`.
    prepared : bool
        As for `geometric`.

    Returns
    -------
    Recipe
        As for `geometric`.

    Examples
    --------
    >>> import numpy as np
    >>> page = np.full((60, 120), 255, np.uint8)
    >>> varied = noise(seed=1)(image=page)["image"]
    >>> varied.dtype, varied.shape
    (dtype('uint8'), (60, 120))
    """
    holes = albumentations.CoarseDropout(
        num_holes_range=(1, 3),
        hole_height_range=(0.02, 0.06),  # of the image's height
        hole_width_range=(0.01, 0.03),  # of its width
        fill=_paper(prepared),
        p=0.2,
    )
    if prepared:
        grain = albumentations.MultiplicativeNoise(multiplier=(0.85, 1.15), elementwise=True, p=0.5)
        blur = albumentations.GaussianBlur(sigma_limit=(0.2, 0.5), p=0.3)  # pixels
        return Recipe([grain, blur, holes], seed, prepared)

    # In the order in which they come about: the sheet, the lens, the sensor, the file.
    blur = albumentations.GaussianBlur(sigma_limit=(0.3, 1.0), p=0.3)  # pixels
    grain = albumentations.GaussNoise(std_range=(0.01, 0.04), p=0.5)  # of the range of grey levels
    compression = albumentations.ImageCompression(quality_range=(40, 95), p=0.5)
    return Recipe([holes, blur, grain, compression], seed, prepared)


def everything(seed: int, prepared: bool = False) -> Recipe:
    """Return the recipe of place, tone and noise, in the order in which they come about.

    Derived in chapter 02, *Composed*.

    Parameters
    ----------
    seed : int, at least 0
        As for `geometric`.
    prepared : bool
        As for `geometric`.

    Returns
    -------
    Recipe
        As for `geometric`.

    Examples
    --------
    >>> import numpy as np
    >>> page = np.full((60, 120), 255, np.uint8)
    >>> page[28:32, 20:100] = 0
    >>> first = everything(seed=7)(image=page)["image"]
    >>> again = everything(seed=7)(image=page)["image"]
    >>> np.array_equal(first, again)
    True
    """
    transforms = [
        *geometric(seed, prepared).transforms,
        *tone(seed, prepared).transforms,
        *noise(seed, prepared).transforms,
    ]
    return Recipe(transforms, seed, prepared)


def _paper(prepared: bool) -> float:
    """Return the value of paper in a prepared image, or in a scan."""
    return PAPER_OF_PREPARED if prepared else PAPER_OF_SCAN
