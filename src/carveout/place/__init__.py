"""carveout.place"""
