"""Runs the command line: python -m deepsign_helpers."""

from deepsign_helpers.cli import main

main()
