"""English: the language in which every sentence is written first."""
