"""What the scenarios share: a credential, a way to lift the https check, and a list of what is to be tried."""

import json
import os
import ssl
import time
import traceback
import urllib.request

import azure.core.pipeline.policies._authentication as authentication
from azure.core.credentials import AccessToken
from azure.core.exceptions import HttpResponseError

HERE = os.path.dirname(os.path.abspath(__file__))


def lift_the_https_check():
    """azure-core sends no bearer token over http: the one thing about the clients that is changed, and only there."""
    authentication._enforce_https = lambda request: request.context.options.pop("enforce_https", None)


class Token:
    """A credential whose token is the name of a persona."""

    def __init__(self, persona="owner"):
        self.persona = persona

    def get_token(self, *scopes, **options):
        return AccessToken(self.persona, int(time.time()) + 3600)


class Bench:
    """Where the emulator is, and what is tried on it."""

    def __init__(self, url, subscription):
        self.url = url.rstrip("/")
        if not self.url.startswith("https:"):
            lift_the_https_check()
        self.subscription = subscription
        self.trials = []

    def client(self, kind, *arguments, persona="owner", **options):
        """A management client of a kind, on the emulator."""
        return kind(
            Token(persona),
            *arguments,
            base_url=self.url,
            credential_scopes=["https://management.azure.com/.default"],
            **options,
        )

    def object_id(self, persona):
        """Who a persona is, as Microsoft Graph tells them."""
        request = urllib.request.Request(f"{self.url}/v1.0/me", headers={"Authorization": f"Bearer {persona}"})
        with urllib.request.urlopen(request, context=ssl.create_default_context(cafile=os.environ.get("REQUESTS_CA_BUNDLE"))) as answer:
            return json.load(answer)["id"]

    def trial(self, name, needed=False):
        """Adds a function to what is tried; one that is needed runs also when only others are wanted."""

        def add(function):
            self.trials.append((name, function, needed))
            return function

        return add

    def run(self, wanted=""):
        """Runs the trials in order; gives the number of those that failed. A name that fits none is wrong use."""
        if not any(wanted in name for name, _, _ in self.trials):
            names = "\n".join(f"  {name}" for name, _, _ in self.trials)
            raise SystemExit(f"no trial is called '{wanted}'; there are\n{names}")
        failed = 0
        for name, function, needed in self.trials:
            if wanted not in name and not needed:
                continue
            began = time.monotonic()
            try:
                function()
                print(f"ok     {name} ({time.monotonic() - began:.1f} s)", flush=True)
            except Exception as error:  # a trial that fails is told, and the next one is run
                failed += 1
                print(f"FAILED {name}", flush=True)
                tell(error)
        return failed


def tell(error):
    """Prints an error with those before it, and where in these files each came up."""
    while error:
        for frame in traceback.extract_tb(error.__traceback__):
            if frame.filename.startswith(HERE):
                print(f"       line {frame.lineno} of {frame.filename}: {frame.line}")
        print("       " + "".join(traceback.format_exception_only(error)).strip()[:2000], flush=True)
        error = error.__cause__ or error.__context__


def refused(code, status, function, *arguments, **options):
    """Calls a function that has to be refused, and gives the error."""
    try:
        function(*arguments, **options)
    except HttpResponseError as error:
        found = error.error.code if error.error else None
        assert (found, error.status_code) == (code, status), (found, error.status_code, str(error))
        return error
    raise AssertionError(f"{code} was expected, and nothing was refused")


def same_id(left, right):
    """Whether two ids are the same; ids have no case."""
    return (left or "").lower() == (right or "").lower()
