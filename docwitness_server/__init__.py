"""The folder that the server's wheel installs, with its packages inside.

See docs/decisions/0006-server-wheel.md.
"""
