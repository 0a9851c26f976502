"""Moving bytes: a contract of five calls and those who keep it."""
