"""The layout model that ships with the product: every word of a page scored for every field of a schema."""
