"""Adapters to what is outside this process: today, a child that renders descriptions.

Principles: none
"""
