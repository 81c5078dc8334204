"""What brings a certificate into force on servers, and what keeps the phones up meanwhile. Pure."""
