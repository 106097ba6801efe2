"""What anyone can check: the log of events and the feeds made of it.

Principles: GEN-3.2
"""
