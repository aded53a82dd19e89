"""carveout.cut.frontend"""
