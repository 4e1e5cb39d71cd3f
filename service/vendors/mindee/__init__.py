"""Mindee's invoice API, versions 2 to 4, at once and through its queue.

Format: https://developers.mindee.com/docs/invoice-ocr, and what its published client libraries send and need.
"""

from service.vendors.mindee.routes import surface

__all__ = ["surface"]
