"""A trained verifier, its folder, and what it says of a signature."""

from deepsign_helpers.verifier.verdict import LikelihoodLine, Verdict
from deepsign_helpers.verifier.verifier import MOST_REFERENCES, Verifier
