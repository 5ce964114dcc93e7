// The vector kernels in plain C++, for any processor.
#include "lanes_plain.h"

// after the lanes, whose words they use
#include "temporal_kernel.h"

namespace eyebrush {

const TemporalKernels temporal_plain = {trust_rows, blend_rows};

}  // namespace eyebrush
