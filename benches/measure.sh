#!/bin/sh
# Prints one table of what is promised about speed and memory, and what this machine measures.
# Arguments are sections: start demo large requests keys, and idle; none means all but idle, which takes
# more than two minutes. See docs/performance.md.
set -eu
cd "$(dirname "$0")/.."
printf '%s, %s processors, %s\n\n' "$(uname -sm)" "$(nproc)" "$(rustc --version)"
exec cargo bench --quiet --bench measure -- "$@"
