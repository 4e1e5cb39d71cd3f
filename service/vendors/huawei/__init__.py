"""Huawei Cloud's quota invoice OCR.

Format: https://support.huaweicloud.com/intl/en-us/api-ocr/ocr_03_0079.html, and what its published library sends.
"""

from service.vendors.huawei.quota_invoice import PRESET, QuotaInvoiceExtractor
from service.vendors.huawei.routes import surface

__all__ = ["PRESET", "QuotaInvoiceExtractor", "surface"]
