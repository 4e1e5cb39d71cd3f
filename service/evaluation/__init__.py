"""A user's own documents with their own truth -> figures, tables and the worst cases. Knows no HTTP."""
