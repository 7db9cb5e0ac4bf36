"""Runs the script that `amldeck plan FILE -o az` prints with the real `az`, on an emulator, twice: the first run makes
what `amldeck apply` makes on another emulator, resource by resource, and the second one changes nothing.

    python az_scripts.py BINARY AZ WORK [FILE ...]

WORK is a folder for what is left over; without files, every plan of the repository is tried.
"""

import json
import os
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
FILES = [ROOT / "assets/plans/dev-prod.toml", *sorted((ROOT / "tests/plans").glob("*.toml"))]

# What Azure makes up for each resource, or counts from when it was made, by the last name of its place.
MADE_UP = {
    *("systemData", "etag", "eTag", "createdAt", "createdOn", "updatedOn", "createdBy", "updatedBy", "CreationDate", "creationDate", "creationTime"),
    *("createdDate", "modifiedDate", "lastUpdatedTime", "lastEnabledTime", "keyCreationTime", "lastSkuUpdate"),
    *("quotaNextResetTime", "principalId", "clientId", "AppId", "ApplicationId", "InstrumentationKey", "ConnectionString"),
    *("customerId", "workspaceId", "resourceGuid", "internalId", "networkId"),
    # Which address of the subnet an endpoint gets, and which of two comes first, follows from the order.
    *("privateIPAddress", "ipv4Address", "ipAddresses", "privateEndpointConnections"),
}
# What the commands say where the plan leaves Azure's default.
DEFAULTS = {"/properties/ipVersionType": "IPv4"}


class Emulator:
    """An emulator of its own, with `az` signed in to it."""

    def __init__(self, binary, az, work):
        work.mkdir(parents=True)
        self.az, self.work = az, work
        command = [binary, "emulate", "--listen", "127.0.0.1:0", "--speed", "200", "--tls", work / "tls"]
        command += ["--state", work / "state.json", "--request-log", work / "requests"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().strip().removeprefix("listening on ")
        self.environment = {
            **os.environ,
            "PATH": f"{az.parent}:{os.environ['PATH']}",
            "AZURE_CONFIG_DIR": str(work / "az"),
            "AZURE_CORE_COLLECT_TELEMETRY": "no",
            "REQUESTS_CA_BUNDLE": str(work / "tls/ca.pem"),
            "SSL_CERT_FILE": str(work / "tls/ca.pem"),
            "IDENTITY_ENDPOINT": f"{self.url}/msi/token",
            "IDENTITY_HEADER": "owner",
            "AMLDECK_ACCESS_TOKEN": "owner",
            **{f"XDG_{kind}_HOME": str(work / "xdg") for kind in ("CACHE", "CONFIG", "DATA", "STATE")},
        }

    def sign_in(self):
        for words in (
            ["cloud", "register", "-n", "Here", "--endpoint-resource-manager", self.url],
            ["cloud", "set", "-n", "Here"],
            ["login", "--identity"],
        ):
            self.run([self.az, *words])

    def run(self, command):
        """Runs a command; gives what it said."""
        done = subprocess.run(command, cwd=self.work, env=self.environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{command[0]} ended with {done.returncode}: {done.stderr[-2000:]}"
        return done.stdout

    def writes(self):
        """The writes so far that were carried out."""
        told = (json.loads(line) for line in (self.work / "requests").read_text().splitlines())
        asked = ("/validate", "/whatif", "getbyids", "checknameavailability")
        return [
            f"{one['method']} {one['url']}"
            for one in told
            if one["method"] not in ("GET", "HEAD") and one["status"] < 400 and not any(word in one["url"].lower() for word in asked)
        ]

    def end(self):
        """Ends it; gives what it holds, by id."""
        self.process.terminate()
        self.process.wait(20)
        resources = json.loads((self.work / "state.json").read_text())["estate"]["resources"]
        return {one["id"].lower(): one for one in resources if "eventTimestamp" not in one and "/deployments/" not in one["id"]}


def leaves(value, at=""):
    """The values of a document by their places, but for what is made up."""
    if isinstance(value, list):
        value = dict(enumerate(value))
    if not isinstance(value, dict):
        return {} if value is None or DEFAULTS.get(at) == value else {at: value}
    inner = (leaves(one, f"{at}/{name}") for name, one in value.items() if name not in MADE_UP)
    return {place: leaf for found in inner for place, leaf in found.items()}


def grants(resources):
    """The role assignments: on what, who, which role. Those that Azure names, and those by names of people, have another
    name every time; identities have another object id."""
    named = {}
    for one in resources.values():
        for identity in (one.get("identity") or {}, one.get("properties") or {}):
            named[identity.get("principalId")] = one["id"].lower()
    kind = "/providers/microsoft.authorization/roleassignments/"
    found = (one for one in resources.values() if kind in one["id"].lower())
    return sorted(
        (one["id"].lower().split(kind)[0], named.get(of["principalId"], of["principalId"]), of["roleDefinitionId"].lower(), of.get("principalType"))
        for one in found
        for of in [one["properties"]]
    )


def compare(left, right):
    """The differences of two estates."""
    differences = [f"grants: {one}" for one in set(grants(left)) ^ set(grants(right))]
    left, right = ({id: one for id, one in of.items() if "/roleassignments/" not in id} for of in (left, right))
    differences += [f"only one has {id}" for id in left.keys() ^ right.keys()]
    for id in left.keys() & right.keys():
        one, other = leaves(left[id]), leaves(right[id])
        differences += [
            f"{id}{at}: {one.get(at)!r}, not {other.get(at)!r}" for at in one.keys() | other.keys() if one.get(at) != other.get(at)
        ]
    return sorted(differences)


def trial(binary, az, work, file):
    """One plan."""
    script, apply = Emulator(binary, az, work / "script"), Emulator(binary, az, work / "apply")
    try:
        script.sign_in()
        (script.work / "run").write_text(script.run([binary, "plan", file, "-o", "az"]))
        script.run(["bash", "run"])
        before = len(script.writes())
        script.run(["bash", "run"])
        again = script.writes()[before:]
        assert not again, f"the second run changed something: {again}"
        plan = json.loads(apply.run([binary, "plan", file, "-o", "json"]))
        name = plan.get("plan", plan).get("subject_name") or plan.get("plan", plan)["subjectName"]
        apply.run([binary, "--arm-endpoint", apply.url, "apply", file, "--yes", "--name", name])
    finally:
        left, right = script.end(), apply.end()
    differences = compare(left, right)
    assert not differences, "the script does not make what apply makes:\n  " + "\n  ".join(differences)


def main():
    binary, az, work = (pathlib.Path(one).resolve() for one in sys.argv[1:4])
    failed = 0
    for file in [pathlib.Path(one).resolve() for one in sys.argv[4:]] or FILES:
        began = time.monotonic()
        try:
            trial(str(binary), az, work / file.stem, str(file))
            print(f"ok     {file.name} ({time.monotonic() - began:.0f} s)", flush=True)
        except AssertionError as error:
            failed += 1
            print(f"FAILED {file.name}: {error}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
