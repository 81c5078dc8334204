"""Keys, requests, PFX, chains, issuers; comes with UMCertificate."""
