"""Join the packages that read, extract, ground and check: a document and a schema in, cells and findings out."""
