"""Measures of pictures and of decisions as pure functions of arrays."""
