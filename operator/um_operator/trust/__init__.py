"""Bringing CA chains to peers; comes with the recipes for gateways."""
