"""Adapters for what the core declares: books in SQL, blobs on disk or in an S3-compatible store, pages on disk.

Principles: GEN-2.1, GEN-3.2
"""
