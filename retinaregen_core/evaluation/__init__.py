"""Measuring on held-out photographs: the same pipeline as everywhere, then csv, summary, table and figures."""
