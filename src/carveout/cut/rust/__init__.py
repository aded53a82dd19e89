"""carveout.cut.rust"""
