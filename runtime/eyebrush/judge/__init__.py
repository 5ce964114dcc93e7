"""Is a result a good one? The trained discriminator and VGG-16's distances, calibrated."""
