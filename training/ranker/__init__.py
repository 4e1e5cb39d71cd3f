"""Fit the ranker that chooses among the options of a field."""
