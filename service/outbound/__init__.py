"""Requests that this server makes to addresses other people name."""
