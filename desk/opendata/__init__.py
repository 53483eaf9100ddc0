"""Open data (オープンデータ): the city's lists in the national formats, in and out."""
