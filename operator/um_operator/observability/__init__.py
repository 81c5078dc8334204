"""Metrics and alerts, each declared once; logging; how far an event loop lags."""
