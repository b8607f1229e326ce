"""What pictures contain: data of artists, labels, units; no pixel is compared."""
