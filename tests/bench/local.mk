# Built by "make bench" only.
