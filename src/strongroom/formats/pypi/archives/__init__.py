"""Safe reading of archives: every byte is accounted for, nothing is ever extracted.

Principles: GEN-2.3
"""
