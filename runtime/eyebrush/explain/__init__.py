"""Why a restyled frame looks as it does: ``eyebrush explain``."""
