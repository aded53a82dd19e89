"""carveout.build"""
