"""carveout.cut.ir"""
