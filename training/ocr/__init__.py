"""Build the OCR models that ship in `documents/ocr/weights`. Not part of the wheel."""
