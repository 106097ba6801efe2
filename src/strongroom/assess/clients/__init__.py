"""Clients under test: what an installer does when the index lies and when an advisory warns.

No target is needed: index and advisories are this machine's own, so these probes are safe everywhere.

Principles: none
"""
