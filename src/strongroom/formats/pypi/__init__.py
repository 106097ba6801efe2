"""The Python ecosystem: wheels, source distributions, core metadata, the simple index.

Principles: GEN-2.1
"""
