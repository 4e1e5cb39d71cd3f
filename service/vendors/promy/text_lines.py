"""The text of a document line by line, as JSON and as CSV."""

from __future__ import annotations

import csv
import io
from typing import Any

from pydantic import BaseModel
from pydantic import Field as Constraint

from schemas.pages import Document, Preprocessing
from service.contract.models import PreprocessingAnswer
from service.contract.render import preprocessing_json, text_json

EXAMPLE_LINES: dict[str, Any] = {
    "lines": ["Corner Café", "TOTAL", "£23.30"],
    "confidences": [0.9971, 0.9993, 0.9968],
    "mean_confidence": 0.9977,
    "n_segments": 3,
    "preprocessing": {
        "original_size": [760, 1120],
        "processed_size": [760, 1120],
        "deskew_angle": 1.2,
        "orientation": 0,
        "steps": [],
    },
}


class LinesAnswer(BaseModel):
    """The text, line by line."""

    lines: list[str] = Constraint(description="The lines in reading order.")
    confidences: list[float] = Constraint(description="Confidence of each line, 0 to 1, four decimals.")
    mean_confidence: float = Constraint(description="Mean of `confidences`; 0 without lines.")
    n_segments: int = Constraint(description="Number of lines.")
    preprocessing: PreprocessingAnswer = Constraint(description="Preparation of the first page.")


def lines_json(document: Document) -> dict[str, Any]:
    """Render the text of all pages line by line."""
    lines = [line for page in document.pages for line in page.lines]
    confidences = [round(line.confidence, 4) for line in lines]
    first = document.pages[0]
    size = (round(first.width), round(first.height))
    return {
        "lines": [line.text for line in lines],
        "confidences": confidences,
        "mean_confidence": round(sum(confidences) / len(confidences), 4) if confidences else 0.0,
        "n_segments": len(lines),
        "preprocessing": preprocessing_json(first.preprocessing or Preprocessing(size, size)),
    }


def lines_csv(document: Document) -> bytes:
    """Write a row for each line: page, number, text, confidence, box in page thousandths."""
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(("page", "line", "text", "confidence", "xmin", "ymin", "xmax", "ymax"))
    for page in text_json(document):
        for number, line in enumerate(page["lines"], 1):
            writer.writerow((page["page"], number, line["text"], line["confidence"], *line["bbox"].values()))
    return table.getvalue().encode()
