"""What a comparison is, how it is timed, and what is made of the ratios."""
