"""Arrange symbols into words, lines and columns in reading order."""
