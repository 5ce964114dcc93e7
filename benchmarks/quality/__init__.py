"""Picture quality and comfort of any stylizer, measured on the same pictures: see command.py."""
