"""Move live traffic to a carving in guarded steps, and back: guards, stages, controller."""

from __future__ import annotations
