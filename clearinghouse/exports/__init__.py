"""Records of several people as a file: counted, capped, watched, gone after a day."""
