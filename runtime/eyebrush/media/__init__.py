"""Pictures in and out: images, folders of frames, videos, recorded clips."""

from eyebrush.media.images import read_image, write_image
from eyebrush.media.sinks import Sink, open_sink
from eyebrush.media.sources import Source, open_source

__all__ = ["Sink", "Source", "open_sink", "open_source", "read_image", "write_image"]
