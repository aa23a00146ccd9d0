#!/bin/sh
# Everything to do on a machine with a GPU, in one call of less than 10 minutes: tests/gpu/all.sh [RESULTS.json]
# Rows of JSON, one a line, are written as they come: what the device is, what it can do, what is right on it. TL names the
# binary of tl, TL_GPU_BENCH that of the measurements; without them, those of build/bin are taken. Needs python3, nothing of CUDA.
here=$(cd "$(dirname "$0")" && pwd)
bin=$here/../../build/bin
exec python3 "$here/all.py" --tl "${TL:-$bin/tl}" --bench "${TL_GPU_BENCH:-$bin/tl-gpu-bench}" --results "${1:-gpu-results.json}"
