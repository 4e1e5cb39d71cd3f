"""Make the files that ship: the network, the ranker, the OCR models, the confidence weights. Not part of the wheel."""
