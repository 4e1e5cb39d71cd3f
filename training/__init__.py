"""Make the files that ship: network, ranker, OCR models and confidence weights.

This package is not part of the wheel.
"""
