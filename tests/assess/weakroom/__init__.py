"""Weakroom: a small repository in this process, whole and well made, with one switch for every flaw.

With no switch on, every clause that has a probe is met. A switch breaks just what it is named after.

Principles: none
"""
