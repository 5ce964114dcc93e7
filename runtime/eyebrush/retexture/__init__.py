"""Textures of models, restyled offline: ``eyebrush assets restyle`` (docs/assets.md).

texture.py   one texture: decoded, painted without a border, encoded
gutters.py   what lies between UV islands, filled
raster.py    triangles to texels
layout.py    how a texture lies on a model: covered texels, islands, seams
seams.py     both sides of a seam agree
measure.py   how visible seams, borders and gutters are
restyle.py   all textures of a model together
container.py, accessors.py, model.py, write.py, check.py
             glTF files: read, written and checked (extra: assets)
job.py       one file
batch.py, workers.py, cluster.py
             a folder: in turn, in processes, on a Ray cluster (extra: cluster)
"""
