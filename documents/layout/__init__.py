"""Arrange words into lines and columns in reading order."""
