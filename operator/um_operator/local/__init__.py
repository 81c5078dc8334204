"""The ports on a directory: manifests, state, keys, journal. One lock, atomic writes."""
