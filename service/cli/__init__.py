"""Commands of docwitness-server."""
