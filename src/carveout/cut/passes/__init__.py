"""carveout.cut.passes"""
