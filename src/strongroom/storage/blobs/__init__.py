"""Blob stores: a folder on disk, an S3-compatible server, memory.

Principles: GEN-2.1
"""
