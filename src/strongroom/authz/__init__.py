"""Track 2, Authorization: what may you do, and to which project?

Principles: AUTHZ-1.1, AUTHZ-1.2, AUTHZ-2.1
"""
