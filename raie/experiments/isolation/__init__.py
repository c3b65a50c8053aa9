"""What regions keep apart: a taste that leaves, a part that was poisoned, and one region put back."""
