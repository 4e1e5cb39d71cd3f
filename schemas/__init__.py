"""The domain model that every package shares: requests, pages and answers.

It reads only its own packaged data.
"""
