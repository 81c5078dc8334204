"""The simulated estate: an island that imports nothing of ours."""
