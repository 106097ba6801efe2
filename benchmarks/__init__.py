"""Strongroom and its peers, measured on the same machine with the same files and the same load.

Principles: none
"""
