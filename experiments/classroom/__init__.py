"""`standoff serve`: a web classroom. Rooms and their store know nothing of the web; the pages do."""
