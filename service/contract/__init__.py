"""Models of requests and responses, and the steps between them. Knows no HTTP."""
