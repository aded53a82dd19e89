"""carveout.serve"""
