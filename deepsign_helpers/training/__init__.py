"""Training: a dataset of batches, a learner, what watches it, and the way to a verifier."""

from deepsign_helpers.training.batches import dataset, pairs_dataset, rows_of_writers
from deepsign_helpers.training.fitting import History, train
from deepsign_helpers.training.learn import cross_validate, learn, train_and_judge
from deepsign_helpers.training.learner import Learner, WarmUpCosine
from deepsign_helpers.training.settings import CLASSROOM, SIZE, STUDY, Settings
from deepsign_helpers.training.watching import (
    Health,
    TimeLimit,
    ValidationEER,
    check_health,
    validation_scores,
)
