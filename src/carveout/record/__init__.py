"""carveout.record"""
