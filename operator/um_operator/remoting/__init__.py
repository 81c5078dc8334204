"""PowerShell sessions over WSMan and PSRP. Knows none of our resources."""
