"""Properties: the same examples on every run by day, new ones by night (``HYPOTHESIS_PROFILE=night``)."""

from __future__ import annotations

import os

from hypothesis import settings

settings.register_profile("day", deadline=None, derandomize=True)
settings.register_profile("night", deadline=None, max_examples=1000, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "day"))
