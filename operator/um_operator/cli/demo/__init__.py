"""``umctl demo``: the main job on a simulated estate, each claim confirmed by the estate's own journal."""
