"""Page, health and report; comes with the operator."""
