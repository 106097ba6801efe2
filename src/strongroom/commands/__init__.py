"""The `strongroom` command line: thin, one module a group of commands, nothing heavy imported before it is needed.

Principles: none
"""
