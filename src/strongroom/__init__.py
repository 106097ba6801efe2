"""Strongroom: a package repository that keeps what it is given, and can prove it."""

__version__ = "0.1.0"
