"""The resources of one organisation: references resolved, claims judged. Pure."""
