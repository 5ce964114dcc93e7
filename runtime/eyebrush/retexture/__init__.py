"""Textures of models, restyled offline: ``eyebrush assets restyle`` (docs/assets.md).

texture.py   one texture: decoded, painted without a border, encoded
gutters.py   what lies between UV islands, filled
raster.py    triangles to texels
layout.py    how a texture lies on a model: covered texels, islands, seams
seams.py     both sides of a seam agree
measure.py   how visible seams, borders and gutters are
restyle.py   all textures of a model together
model.py     glTF files: which textures are base colours, read and written (extra: assets)
"""
