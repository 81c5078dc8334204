"""Every metric declared once; logging."""
