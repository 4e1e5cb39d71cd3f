"""Request and answer models, and the way from a validated request to an answer. Knows no HTTP."""
