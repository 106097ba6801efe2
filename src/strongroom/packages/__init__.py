"""What is kept: projects, releases, files, and the one road by which each enters, changes and leaves.

Principles: GEN-2.1
"""
