"""Request and answer models, and the steps from a validated request to its answer. Knows no HTTP."""
