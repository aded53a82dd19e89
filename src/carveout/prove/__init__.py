"""carveout.prove"""
