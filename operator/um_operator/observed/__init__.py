"""What was read from Exchange: an immutable snapshot in which every fact is Known or Unknown. Pure."""
