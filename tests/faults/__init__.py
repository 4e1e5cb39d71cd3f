"""What happens to calls and jobs when processes die, Postgres restarts, the disk is full or a receiver is away.

`python -m tests.faults --rounds 50` does each of them fifty times under load and counts; the tests do it a few times.
"""
