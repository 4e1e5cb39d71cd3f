"""Measure answers on a user's own documents. Knows no HTTP."""
