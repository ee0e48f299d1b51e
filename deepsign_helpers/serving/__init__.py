"""The verifier behind an HTTP interface (chapter 10)."""

from deepsign_helpers.serving.service import create_app, serve
