"""How Eyebrush's networks are made: networks, losses, data, the training loop and the export.

May import ``eyebrush``; the runtime never imports this package.
"""
