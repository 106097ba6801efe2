"""Tabletop exercises from the chair of who runs a repository: injects, a clock, a log of decisions, and what follows.

Principles: none
"""
