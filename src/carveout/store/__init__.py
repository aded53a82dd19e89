"""carveout.store"""
