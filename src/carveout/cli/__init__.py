"""carveout.cli"""
