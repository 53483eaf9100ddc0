"""Official open data in and out: the national formats, as cities really write them."""
