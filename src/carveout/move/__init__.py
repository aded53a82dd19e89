"""carveout.move"""
