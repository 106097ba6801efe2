"""A stranger with a clipboard: measure any package repository against the principles, and write its plan.

Principles: none
"""
