"""Requests that this server makes to addresses named by callers."""
