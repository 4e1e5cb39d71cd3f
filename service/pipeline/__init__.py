"""Join the rooms: a document and a schema in, cells and findings out."""
