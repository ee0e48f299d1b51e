"""What a training run can be asked for, in one place."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial

import keras

from deepsign_helpers import augmentation, encoders, losses


@dataclass(frozen=True)
class Settings:
    """Say how an encoder is trained; change a few with `dataclasses.replace(CLASSROOM, steps=40)`.

    Attributes
    ----------
    size
        (height, width) of the prepared images, pixels.
    encoder : keras.Model
        Makes an untrained encoder for an input shape.
    loss
        "contrastive", "triplet", "supervised_contrastive", or a function of (identity, embeddings).
    class_weight
        "balanced", or weights for SAME and DIFFERENT; for the contrastive loss only.
    steps
        Batches to train on.
    seconds
        Where the machine is too slow for all steps, they are cut to what fits, told anew at each
        validation; None for no limit.
    writers, genuine, forged
        A batch holds so many writers, and so many signatures of each kind of each.
    learning_rate
        At its highest, after a warm-up over the first share `warm_up` of the steps; a cosine brings
        it to 0.
    optimizer
        Makes Keras's optimizer of a learning rate and a `weight_decay`.
    weight_decay
        Of the optimizer.
    recipe
        A seed gives the augmentation recipe for prepared images; None for none.
    validate_every
        Steps between two validations.
    patience
        Validations without a better equal error rate before training stops.
    mixed_precision, xla
        Only with a GPU; elsewhere they stay off, and the history says why.
    """

    size: tuple[int, int] = (32, 64)
    encoder: Callable[[tuple[int, int, int]], keras.Model] = encoders.lightweight_encoder
    loss: str | Callable = "supervised_contrastive"
    class_weight: str | Mapping[int, float] | None = None
    steps: int = 600
    seconds: float | None = None
    writers: int = 6
    genuine: int = 4
    forged: int = 4
    learning_rate: float = 2e-3
    warm_up: float = 0.1
    optimizer: Callable[..., keras.optimizers.Optimizer] = keras.optimizers.AdamW
    weight_decay: float = 1e-4
    recipe: Callable[[int], Callable] | None = lambda seed: augmentation.geometric(
        seed, prepared=True
    )
    validate_every: int = 65
    patience: int = 5
    mixed_precision: bool = False
    xla: bool = False


WEIGHTED = partial(
    losses.supervised_contrastive, forgery_weight=4.0
)  # few forgeries in a batch, many strangers
VARIED = partial(augmentation.everything, prepared=True)
CLASSROOM = Settings(loss=WEIGHTED, steps=1600, seconds=115, validate_every=200)
STUDY = replace(
    CLASSROOM,
    size=(48, 96),
    steps=12_000,
    seconds=1650,
    validate_every=400,
    patience=50,
    recipe=VARIED,
)
SIZE = CLASSROOM.size
