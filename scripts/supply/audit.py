"""Asks pip-audit whether a locked package has a known weakness, and says plainly where nobody could be asked.

    python scripts/supply/audit.py requirements/dev.txt

Exit code 0: none is known, or no database could be reached, which is said; 1: some are, each named.
"""

from __future__ import annotations

import json
import subprocess
import sys


def main() -> int:
    """Run pip-audit over a lock file and tell what it found."""
    asked = [sys.executable, "-m", "pip_audit", "--requirement", sys.argv[1], "--require-hashes", "--disable-pip"]
    done = subprocess.run([*asked, "--format", "json"], capture_output=True, text=True, check=False)  # noqa: S603 - ours
    try:
        packages = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        last = (done.stderr.strip().splitlines() or [""])[-1]
        print(f"not audited: pip-audit told nothing ({last})")  # noqa: T201 - a script
        return 0
    audited = [one for one in packages if "skip_reason" not in one]
    weak = [one for one in audited if one["vulns"]]
    for one in weak:
        for known in one["vulns"]:
            mended = ", ".join(known["fix_versions"]) or "no version yet"
            print(f"{one['name']} {one['version']}: {known['id']}, mended in {mended}")  # noqa: T201
    told = f"{len(audited)} of {len(packages)} packages audited" if audited else "not audited: no database was reached"
    print(f"{told}; {len(weak)} with known weaknesses")  # noqa: T201
    return 1 if weak else 0


if __name__ == "__main__":
    sys.exit(main())
