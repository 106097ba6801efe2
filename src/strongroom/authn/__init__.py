"""Track 1, Authentication: who are you, and how sure are we?

Principles: AUTHN-1.1, AUTHN-1.3, AUTHN-3.2
"""
