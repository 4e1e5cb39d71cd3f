"""What is measured; `make bench` writes docs/benchmarks.md."""
