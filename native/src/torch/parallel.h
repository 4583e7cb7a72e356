// at::parallel_for, and a guard: compiled without libtorch's way of running threads it would run everything on one.
#pragma once
#include <ATen/Parallel.h>

#ifndef INTRA_OP_PARALLEL
#error "at::parallel_for is serial: compile with OpenMP"
#endif
