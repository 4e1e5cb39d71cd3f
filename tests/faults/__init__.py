"""Kills processes, restarts Postgres, fills the disk and stops receivers under load, and counts what was lost.

`python -m tests.faults --rounds 50` does each of them fifty times; the tests do it once.
"""
