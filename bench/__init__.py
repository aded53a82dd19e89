"""Every figure in RESULTS.md comes from a file in this folder; `make bench` runs them all."""
