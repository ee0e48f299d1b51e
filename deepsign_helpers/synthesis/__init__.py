"""Signatures of people who do not exist: how a hand writes, how a forger does, and ink on paper."""

from deepsign_helpers.synthesis.corpus import write_corpus
from deepsign_helpers.synthesis.forging import Forger, forge, sample_forger
from deepsign_helpers.synthesis.ink import render
from deepsign_helpers.synthesis.kinematics import Plan, Trace, write
from deepsign_helpers.synthesis.writers import Style, Writer, sample_writer
