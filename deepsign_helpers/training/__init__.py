"""Training: batches of writers, a watched run, its health, and the folder that keeps a verifier (chapter 05)."""

from deepsign_helpers.training.batches import batches, identities, prepare_all, rows_of_writers
from deepsign_helpers.training.fit import accelerate, cross_validate, fit, learning_rate_at, validation_scores
from deepsign_helpers.training.history import Health, History, check_health
from deepsign_helpers.training.settings import CLASSROOM, SIZE, Settings
from deepsign_helpers.training.verifier import Verifier, load_verifier, save_verifier
