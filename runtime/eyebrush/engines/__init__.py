"""TensorRT engines: made, kept, checked and trusted. Nothing here needs a GPU.

library.py   the two libraries behind one adapter      spec.py      what an engine is made for
half.py      the fp16 graph                            dialect.py   what TensorRT wants otherwise
build.py     the graph -> an engine                    progress.py  how far it is
layers.py    what the compiler made of it              cache.py     where engines are kept
make.py      from the cache, or compiled into it
"""
