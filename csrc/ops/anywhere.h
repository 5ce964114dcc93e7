// Marks functions that GPUs run, too.
#pragma once

#if defined(__CUDACC__)
#define EYEBRUSH_ANYWHERE __host__ __device__ __forceinline__
#else
#define EYEBRUSH_ANYWHERE inline
#endif
