"""The books, in SQLite or PostgreSQL: one schema, one code, two databases.

Principles: GEN-2.1, GEN-3.2
"""
