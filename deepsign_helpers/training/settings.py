"""What a training can be asked for, in one place."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial

import keras

from deepsign_helpers import augmentation, encoders, losses

TURNED_AND_SLANTED = partial(augmentation.geometric, prepared=True)
# A batch holds few forgeries of a writer and many strangers: each forgery weighs four times.
WEIGHTED = partial(losses.supervised_contrastive, forgery_weight=4.0)


@dataclass(frozen=True)
class Settings:
    """How an encoder is trained; change a few with `dataclasses.replace(CLASSROOM, epochs=2)`.

    Attributes
    ----------
    size : (int, int)
        Height and width of the prepared images, pixels.
    encoder : callable
        Makes an untrained encoder for an input shape.
    loss : callable
        Of (identity, embeddings): one of `losses`, or of your own.
    class_weight : "balanced" or mapping from label to weight, optional
        For the contrastive loss only, which is one over pairs.
    epochs : int, at least 1
        The validation writers are looked at after each.
    steps_per_epoch : int, at least 1
        Batches in an epoch: a step is a batch.
    seconds : float > 0, optional
        Where the machine is too slow for all steps, there are as many as fit into this time.
    writers : int, at least 1
        A batch holds so many; all there are, where there are fewer.
    genuine, forged : int
        Signatures of each kind of each writer in a batch.
    learning_rate : float > 0
        At its highest: it rises over the first share `warm_up` of the steps, then a cosine brings
        it down to 0.
    warm_up : float in [0, 1]
        The share of the steps that the learning rate rises for.
    weight_decay : float, at least 0
        Of AdamW: how strongly weights are pulled towards 0.
    optimizer : callable
        Makes an optimizer from a learning rate and `weight_decay`.
    recipe : callable, optional
        Makes, from a seed, the augmentation recipe for prepared images. None: images stay as they
        are.
    patience : int, epochs
        So many without a lower equal error rate, and training stops.
    mixed_precision : bool
        Layers compute in float16, weights stay float32. On a CPU that takes several times as long.
    jit_compile : bool
        Compile the step with XLA. On a CPU its convolutions are slower than TensorFlow's own.
    """

    size: tuple[int, int] = (32, 64)
    encoder: Callable[[tuple[int, int, int]], keras.Model] = encoders.lightweight_encoder
    loss: Callable = losses.supervised_contrastive
    class_weight: str | Mapping[int, float] | None = None
    epochs: int = 10
    steps_per_epoch: int = 60
    seconds: float | None = None
    writers: int = 6
    genuine: int = 4
    forged: int = 4
    learning_rate: float = 2e-3
    warm_up: float = 0.1
    weight_decay: float = 1e-4
    optimizer: Callable = keras.optimizers.AdamW
    recipe: Callable[[int], Callable] | None = TURNED_AND_SLANTED
    patience: int = 5
    mixed_precision: bool = False
    jit_compile: bool = False

    @property
    def steps(self) -> int:
        """How many batches the whole training takes."""
        return self.epochs * self.steps_per_epoch


CLASSROOM = Settings(loss=WEIGHTED, epochs=8, steps_per_epoch=200, seconds=115)
STUDY = replace(
    CLASSROOM,
    size=(48, 96),
    epochs=30,
    steps_per_epoch=400,
    seconds=1650,
    patience=50,
    recipe=partial(augmentation.everything, prepared=True),
)
SIZE = CLASSROOM.size
