"""The probes: a module for each subject, a function for each clause that can be seen from outside.

Principles: none
"""
