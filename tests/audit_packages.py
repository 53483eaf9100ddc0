"""Known weaknesses of what is installed: `python -m tests.audit_packages [FILE]`.

Asks PyPI about every package that is installed and names each weakness that is known with the
version that mends it: then it ends with 1. When PyPI could not be asked about a package, nothing is
known of it: then it ends with 2, for silence is no good news. With a FILE it writes there what is
installed (an SBOM, CycloneDX JSON), also without a network.
"""

import json
import subprocess
import sys
from typing import Any

AUDIT = [sys.executable, "-m", "pip_audit", "--progress-spinner", "off", "--format", "json"]
SBOM = [sys.executable, "-m", "cyclonedx_py", "environment", "--of", "JSON", "-o"]


def weaknesses(packages: list[dict[str, Any]]) -> list[str]:
    """A line for each weakness pip-audit knows of."""
    return [
        f"{one['name']} {one['version']}: {found['id']}, mended in "
        f"{', '.join(found['fix_versions']) or 'no version yet'}"
        for one in packages
        for found in one.get("vulns", [])
    ]


def unasked(packages: list[dict[str, Any]]) -> list[str]:
    """The packages nothing is known of."""
    return [one["name"] for one in packages if "skip_reason" in one]


def main(arguments: list[str]) -> int:
    """Ask, write, and say what was found."""
    if arguments:
        subprocess.run([*SBOM, arguments[0]], check=True)
    asked = subprocess.run(AUDIT, check=False, stdout=subprocess.PIPE)
    if not asked.stdout:
        return 2
    packages = json.loads(asked.stdout)["dependencies"]
    weak, silent = weaknesses(packages), unasked(packages)
    print(f"{len(packages) - len(silent)} packages asked about, {len(weak)} weaknesses known")
    print("\n".join(weak))
    if silent:
        print(f"PyPI could not be asked about {len(silent)}: {', '.join(silent)}")
    return 1 if weak else 2 if silent else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
