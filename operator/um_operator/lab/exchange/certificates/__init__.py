"""The certificate cmdlets, a module each, and what they share."""
