"""Writes the reference pages from the code: `python -m deploy.docs`. A page's hand-written parts stay as they are."""
