"""Build the OCR models that ship, and print how they compare with the float models.

    python -m training.ocr [--to documents/ocr/weights]

Takes about half a minute. Needs the extra `training`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from documents.ocr.model_files import WEIGHTS
from training.ocr.build import build
from training.ocr.networks import BuildError


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--to", type=Path, default=WEIGHTS, help="folder that the files are written to")
    arguments = parser.parse_args()
    try:
        comparison = build(arguments.to)
    except BuildError as error:
        raise SystemExit(f"training.ocr: {error}") from error
    for path in sorted(arguments.to.glob("*.onnx")):
        print(f"{path.name:24} {path.stat().st_size / 1e6:6.2f} MB")
    print(
        f"character error rate on drawn pages: {comparison.error_percent:.2f}% in 8 bits,"
        f" {comparison.float_error_percent:.2f}% in float"
    )


if __name__ == "__main__":
    main()
