// A small pool of sleeping worker threads for per-row work.
//
// Why not OpenMP: its workers spin for milliseconds after each loop, on the very cores that the
// network needs next; and a wheel would have to carry a second libgomp beside torch's.
#pragma once

#include <functional>

namespace eyebrush {

// Number of threads that parallel_for uses, the caller included. Default: all CPUs that this
// process may use. Throws std::invalid_argument outside of 1..256.
void set_threads(int n);
int threads();

// Calls body(begin, end) for consecutive ranges that cover 0..count; returns when all are done.
// `grain`: length of a range. body must not throw. If the pool is busy with another caller's
// loop, the caller does the work alone: never a wait for a stranger.
void parallel_for(int count, int grain, const std::function<void(int, int)>& body);

}  // namespace eyebrush
