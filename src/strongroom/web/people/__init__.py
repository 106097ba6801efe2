"""The edge at which people are served: every deed once, as a form for browsers and as JSON for programs.

Principles: AUTHN-1.3, AUTHN-1.5, AUTHN-3.1
"""
