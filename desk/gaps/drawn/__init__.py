"""The analysis as pictures and papers to take away."""
