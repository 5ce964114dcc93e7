// The vector kernels in plain C++, for any processor.
#include "lanes_plain.h"

// after the lanes, whose words they use
#include "feature_kernels_impl.h"
#include "grid_blend_kernel.h"
#include "temporal_kernel.h"

namespace eyebrush {

const TemporalKernels temporal_plain = {trust_rows, blend_rows};
const GridBlendRow grid_blend_plain = grid_blend_row;

const FeatureKernels features_plain = {
    kLanes,   moments_of, affine_of,           moments_across_of, affine_across_of,
    widen_of, narrow_of,  gram_block_of<4, 2>, 2 * kLanes,        gram_lines_of<2, 4>};

}  // namespace eyebrush
