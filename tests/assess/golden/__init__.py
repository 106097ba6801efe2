"""Real products on loopback, for golden runs of the assessor.

Principles: none
"""
