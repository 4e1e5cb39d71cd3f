"""Jobs: documents that are worked on later, and webhooks that report it.

The work is done on this machine or another.
"""
