"""What was done for neighbourhoods, and whether it helped."""
