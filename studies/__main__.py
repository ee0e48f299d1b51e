"""Runs the studies: python -m studies [PART]."""

from studies.parts import run

run()
