"""Join the packages that read, extract, ground and check."""
