"""Training: batches of writers, a watched run, its health (chapter 05)."""

from deepsign_helpers.training.batches import batches, rows_of_writers
from deepsign_helpers.training.fit import cross_validate, fit, train_and_judge
from deepsign_helpers.training.history import Health, History, check_health
from deepsign_helpers.training.learn import learn
from deepsign_helpers.training.settings import CLASSROOM, SIZE, STUDY, Settings
from deepsign_helpers.training.step import accelerate, compile_step, learning_rate_at
from deepsign_helpers.training.watch import validation_scores
