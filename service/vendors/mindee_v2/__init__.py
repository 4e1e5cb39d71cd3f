"""Mindee's second API: a document and a schema go into the queue, the fields come out of it.

Format: https://docs.mindee.com/api-documentation/api-reference, and what its published client library sends and needs.
"""

from service.vendors.mindee_v2.routes import surface

__all__ = ["surface"]
