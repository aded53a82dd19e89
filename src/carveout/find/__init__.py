"""carveout.find"""
