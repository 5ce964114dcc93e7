// Compiled with AVX2 and FMA enabled; called only where cpu.cpp found them.
#include "lanes_avx2.h"

// after the lanes, whose words it uses
#include "composite_kernel.h"
#include "feature_kernels_impl.h"
#include "grid_blend_kernel.h"
#include "temporal_kernel.h"

namespace eyebrush {

void composite_rows_avx2(const Composite& job, int eye, int y0, int y1, const RowScratch& scratch) {
  rows_of_any(job, eye, y0, y1, scratch);
}

const TemporalKernels temporal_avx2 = {trust_rows, blend_rows};
const GridBlendRow grid_blend_avx2 = grid_blend_row;

const FeatureKernels features_avx2 = {
    kLanes,   moments_of, affine_of,           moments_across_of, affine_across_of,
    widen_of, narrow_of,  gram_block_of<4, 2>, 2 * kLanes,        gram_lines_of<2, 4>};

}  // namespace eyebrush
