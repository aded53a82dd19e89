"""carveout.cut"""
