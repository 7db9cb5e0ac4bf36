"""Reads what `amldeck plan` prints with tools that are not amldeck's: workspace YAML with azure-ai-ml, Bicep with
pycep-parser.

    python plans.py BINARY
"""

import io
import json
import pathlib
import subprocess
import sys

from azure.ai.ml import load_workspace
from pycep import BicepParser

ROOT = pathlib.Path(__file__).resolve().parents[2]
FILES = [ROOT / "assets/plans/dev-prod.toml", *sorted((ROOT / "tests/plans").glob("*.toml"))]


def printed(binary, file, form, *more):
    """What the command prints in a form."""
    done = subprocess.run([binary, "plan", str(file), "-o", form, *more], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def workspace(binary, file, name, template):
    """The YAML of an environment is the workspace of its template, as azure-ai-ml sees it."""
    loaded = load_workspace(io.StringIO(printed(binary, file, "yaml", "--environment", name)))
    kind = "Microsoft.MachineLearningServices/workspaces"
    wanted = next(one for one in template["resources"] if one["type"] == kind)
    assert loaded.name == wanted["name"], (loaded.name, wanted["name"])
    assert loaded.location == wanted["location"]
    assert (loaded.tags or {}).keys() == wanted["tags"].keys(), (loaded.tags, wanted["tags"])
    assert loaded.public_network_access == wanted["properties"]["publicNetworkAccess"]
    network = wanted["properties"].get("managedNetwork", {})
    rules = (loaded.managed_network.outbound_rules or []) if loaded.managed_network else []
    assert sorted(rule.name for rule in rules) == sorted(network.get("outboundRules", {}))
    key = wanted["properties"].get("encryption", {}).get("keyVaultProperties", {}).get("keyIdentifier")
    assert (loaded.customer_managed_key.key_uri if loaded.customer_managed_key else None) == key


def bicep(binary, file, name, template):
    """The Bicep of an environment declares the resources of its template."""
    parsed = BicepParser().parse(text=printed(binary, file, "bicep", "--environment", name))
    made = [one for one in parsed["resources"].values() if not one.get("existing")]
    kinds = sorted(f"{one['type']}@{one['api_version']}" for one in made)
    wanted = sorted(f"{one['type']}@{one['apiVersion']}" for one in template["resources"])
    assert kinds == wanted, (kinds, wanted)


def main():
    binary = sys.argv[1]
    failed = 0
    for file in FILES:
        for environment in json.loads(printed(binary, file, "json"))["environments"]:
            name = environment["name"]
            template = json.loads(printed(binary, file, "arm", "--environment", name))
            for check in (workspace, bicep):
                try:
                    check(binary, file, name, template)
                except Exception as error:  # every trial is told, whatever went wrong
                    failed += 1
                    print(f"{file.name} {name} {check.__name__}: {type(error).__name__}: {error}")
    print(f"{failed} of the plans' forms failed" if failed else "other tools read every form of every plan")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
