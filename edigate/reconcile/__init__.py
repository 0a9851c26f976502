"""Pure matching: claims with payments, and what is left over."""
