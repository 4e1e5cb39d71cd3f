"""The commands of docwitness-server."""
