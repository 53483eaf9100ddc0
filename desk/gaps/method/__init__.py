"""The method itself, on arrays: reach, use against what is expected, how stable it is."""
