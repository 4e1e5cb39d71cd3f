"""The HTTP API: routes, request bodies, errors and OpenAPI."""
