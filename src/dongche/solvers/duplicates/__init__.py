"""Places that may be one and the same: what two records say, what speaks for one place and what against it."""
