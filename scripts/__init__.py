"""Commands of this repository, and what they share with tests and benchmarks."""
