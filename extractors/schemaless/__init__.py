"""Documents without a schema: the fields that the pages name."""
