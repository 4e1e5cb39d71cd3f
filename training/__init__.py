"""Drawn documents with their truth; later the layout model's training. Not part of the wheel."""
