"""Drivers: how each product is spoken to and how its answers read, as data.

Principles: none
"""
