"""carveout.contract"""
