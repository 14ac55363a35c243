"""What makes a request valid beyond what JSON Schema can say. Requests that are meant to be wrong stay as they are."""

import time
import uuid

import schemathesis
from schemathesis import GenerationMode

DAY_MS = 86_400_000


# Nothing listens there, and nothing may be sent to hosts that were made up.
RECEIVER = "http://127.0.0.1:9/hook"


@schemathesis.hook
def before_call(context, case, kwargs):
    if isinstance(case.body, dict) and "http" in str(case.body.get("url", "")).lower():
        case.body["url"] = RECEIVER
    if case.meta is None or case.meta.generation.mode != GenerationMode.POSITIVE:
        return
    # A key that was used with another body is refused, as it should be.
    for name in list(case.headers or {}):
        if name.lower() == "idempotency-key":
            case.headers[name] = uuid.uuid4().hex
    query = case.query or {}
    # The server's own token, of a list with the same sort.
    query.pop("nextPageToken", None)
    # Patterns are RE2; that a wrong one is refused has its own tests (test/api/rooms.test.ts).
    for name in ("roomName", "name"):
        if query.get(f"{name}MatchMode") == "regex":
            query.pop(name, None)
    if isinstance(case.body, dict):
        repair(case.body)


def repair(body):
    # An e-mail registers once.
    if "user_email" in body:
        body["user_email"] = f"{uuid.uuid4().hex}@example.com"
    # Or each of thousands of changes would be delivered to hundreds of receivers.
    if body.get("url") == RECEIVER:
        body["events"] = ["recordingEnded"]
    if "redirectUris" in body:
        body["redirectUris"] = ["https://planner.example.com/callback"]
    if "autoDeletionDate" in body:
        body["autoDeletionDate"] = int(time.time() * 1000) + DAY_MS
    if isinstance(body.get("allowedIps"), list):
        body["allowedIps"] = ["192.0.2.0/24", "2001:db8::/32"][: len(body["allowedIps"])]
    # Old and new names of a permission may not contradict each other.
    for permissions in permission_sets(body):
        for name in [name for name in permissions if name.startswith("can")]:
            del permissions[name]


def permission_sets(value, name=""):
    if isinstance(value, dict):
        if name in ("permissions", "customPermissions"):
            yield value
        for key, inner in value.items():
            yield from permission_sets(inner, key)
