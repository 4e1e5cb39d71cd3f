"""Jobs: documents that are worked on later, on this machine or another, and webhooks that report it."""
