// Which vector instructions the ops use. Chosen once at start-up; tests and benchmarks may lower
// it.
#pragma once

namespace eyebrush {

enum class Isa { plain = 0, avx2 = 1, avx512 = 2 };

const char* isa_name(Isa isa);

// The best that this build *and* this processor have.
Isa best_isa();

// What the ops use now; best_isa() until set_isa() is called.
Isa current_isa();

// Throws std::invalid_argument where the build or the processor lacks it.
void set_isa(Isa isa);

}  // namespace eyebrush
