"""HTTP around the pipeline."""
