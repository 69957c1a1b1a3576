"""The commands of the command line, one file each. They name files and errors; the core computes."""
