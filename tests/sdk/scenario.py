"""Drives Microsoft's own Python clients against an emulator.

    python scenario.py URL [SUBSCRIPTION] [ONLY]

URL is where `amldeck emulate` listens, with the demo estate. Ends with 1 when anything failed.
"""

import sys
import uuid

from bench import Bench
import eligibility
import machine_learning
import management
import templates

DEVELOPMENT = "a83d5e70-2c4b-4f19-b6d8-07e94c1fa2d5"


def main():
    if len(sys.argv) < 2:
        print(__doc__)
        return 2
    subscription = sys.argv[2] if len(sys.argv) > 2 else DEVELOPMENT
    bench = Bench(sys.argv[1], subscription)
    group = f"rg-sdk-{uuid.uuid4().hex[:8]}"
    management.add(bench, group)
    templates.add(bench, group)
    eligibility.add(bench, group)
    machine_learning.add(bench, group)
    management.add_end(bench, group)
    failed = bench.run(sys.argv[3] if len(sys.argv) > 3 else "")
    print(f"{failed} of {len(bench.trials)} failed" if failed else "everything that was tried went well")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
