"""Measure values, places, reading, confidence and the service.

`make bench` writes docs/benchmarks.md.
"""
