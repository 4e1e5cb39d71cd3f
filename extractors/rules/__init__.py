"""Facts that rules find on pages: candidates, labels, tables, parties and totals."""
