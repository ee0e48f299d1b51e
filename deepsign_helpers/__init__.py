"""Signature verification, taught by hand: one module for each chapter of the course."""

from deepsign_helpers import runtime

__version__ = "0.1.0"

runtime.configure()
