"""What people do with their accounts: each deed is one short function, one transaction, its events and its letters.

Principles: AUTHN-1.1, AUTHN-1.2, AUTHN-1.3, AUTHN-1.4, AUTHN-1.5, AUTHN-2.1, AUTHN-2.2, AUTHN-2.4, AUTHN-3.1
"""
