"""The rules that keep the phones up, as an onlooker sees them kept or broken."""
