"""Bringing CA chains to the gateways: recipes as data, carried out over SSH (R5, R7, R24)."""
