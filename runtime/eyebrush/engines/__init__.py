"""TensorRT engines: made, kept, checked and trusted. Nothing here needs a GPU.

library.py  the two libraries behind one adapter       half.py    the fp16 graph
spec.py     what an engine is made for                 build.py   the graph -> an engine
layers.py   what the compiler made of it               cache.py   where engines are kept
make.py     from the cache, or compiled into it
"""
