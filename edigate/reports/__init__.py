"""What people look at, read from the ledger and nowhere else."""
