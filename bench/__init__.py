"""Measurements beside the libraries and systems a user would pick instead."""
