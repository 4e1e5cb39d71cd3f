"""Measure the answers on a user's own documents: figures, tables and the worst mistakes. Knows no HTTP."""
