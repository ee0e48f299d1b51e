"""Ways to vary a signature that leave alone what betrays a forgery: place, tone and noise, never a flip."""

import albumentations


def geometric(seed: int, prepared: bool = False) -> albumentations.Compose:
    """Return the recipe that shifts, turns, scales, slants and tilts a signature a little, on endless paper.

    The ranges stay inside what one hand does from one day to the next. A flip is left out for good: a mirrored
    signature is a shape that its writer never made. Elastic warps, which bend letters as a forger does, and thicker or
    thinner strokes are left out too: neither lowered the error on real signatures.

    Parameters
    ----------
    seed : int
        Two recipes of one seed give the same images in the same order.
    prepared : bool
        False for uint8 (height, width), paper 255; True for float32 (height, width, 1), paper 0.0 and ink up to 1.0.

    Returns
    -------
    albumentations.Compose
        Called as `recipe(image=image)["image"]`, once an image: `recipe(images=batch)` would vary a whole batch alike.
        The image keeps its type, shape and range, and is not altered in place.

    References
    ----------
    A. Buslaev et al., Albumentations: fast and flexible image augmentations, Information 11(2), 2020,
    doi:10.3390/info11020125.
    """
    paper = 0.0 if prepared else 255.0
    # Rarely larger: ink that leaves the sheet is evidence lost. The ratio is kept: proportion is the writer's.
    ranges = {"rotate": (-4, 4), "scale": (0.9, 1.04), "shear": {"x": (-6, 6), "y": (0, 0)}}
    ranges["translate_percent"] = {"x": (-0.02, 0.02), "y": (-0.02, 0.02)}
    affine = albumentations.Affine(**ranges, keep_ratio=True, fill=paper, p=1.0)
    # By default the tilted sheet is cut to what fills the frame, and prepared ink reaches up to the frame.
    tilt = albumentations.Perspective(scale=(0.01, 0.03), fit_output=True, fill=paper, p=0.3)
    return albumentations.Compose([affine, tilt], seed=seed)


def tone(seed: int, prepared: bool = False) -> albumentations.Compose:
    """Return the recipe that varies how dark the ink is and, on a scan, how bright the paper.

    A prepared image has lost its paper already, so there only the ink varies and paper stays exactly 0.0.
    Parameters and result are those of `geometric`.
    """
    brightness = 0.0 if prepared else 0.1
    contrast = albumentations.RandomBrightnessContrast(
        brightness_limit=brightness, contrast_limit=0.2, p=0.8
    )
    return albumentations.Compose(
        [contrast, albumentations.RandomGamma(gamma_limit=(75, 130), p=0.5)], seed=seed
    )


def noise(seed: int, prepared: bool = False) -> albumentations.Compose:
    """Return the recipe that adds what a sensor, a lens, a file format and a worn sheet add.

    On a scan: Gaussian noise, blur, JPEG compression and small holes. In a prepared image grain and compression survive
    only inside the ink, so there one grain stands for both and paper stays exactly 0.0 away from the ink.
    Parameters and result are those of `geometric`.
    """
    sizes = {"hole_height_range": (0.02, 0.06), "hole_width_range": (0.01, 0.03)}
    holes = albumentations.CoarseDropout((1, 3), **sizes, fill=0.0 if prepared else 255.0, p=0.2)
    if prepared:
        grain = albumentations.MultiplicativeNoise(multiplier=(0.85, 1.15), elementwise=True, p=0.5)
        blur = albumentations.GaussianBlur(sigma_limit=(0.2, 0.5), p=0.3)
        return albumentations.Compose([grain, blur, holes], seed=seed)
    blur = albumentations.GaussianBlur(sigma_limit=(0.3, 1.0), p=0.3)
    grain = albumentations.GaussNoise(std_range=(0.01, 0.04), p=0.5)
    compression = albumentations.ImageCompression(quality_range=(40, 95), p=0.5)
    return albumentations.Compose([holes, blur, grain, compression], seed=seed)


def everything(seed: int, prepared: bool = False) -> albumentations.Compose:
    """Return the recipe of place, tone and noise, in the order in which paper, exposure and sensor act.

    Parameters and result are those of `geometric`.
    """
    parts = [recipe(seed, prepared).transforms for recipe in (geometric, tone, noise)]
    return albumentations.Compose([transform for part in parts for transform in part], seed=seed)
