"""An OAuth client made with Authlib: the whole flow against a running Parley, its findings as JSON."""

import json
import os

import requests
from authlib.common.security import generate_token
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session

PARLEY = os.environ["PARLEY"]
CALLBACK = os.environ["CALLBACK"]

server = requests.get(f"{PARLEY}/.well-known/oauth-authorization-server", timeout=30).json()


def agree(address):
    """What the user does in the browser; returns where they are sent."""
    answer = requests.post(
        f"{PARLEY}/internal-api/v1/oauth/decision",
        json={"request": address.split("?", 1)[1], "approve": True},
        headers={"Cookie": os.environ["COOKIE"], "Origin": PARLEY},
        timeout=30,
    )
    answer.raise_for_status()
    return answer.json()["redirectTo"]


def connect():
    client = OAuth2Session(
        os.environ["CLIENT_ID"],
        os.environ["CLIENT_SECRET"] or None,
        scope="room.read",
        redirect_uri=CALLBACK,
        token_endpoint_auth_method=os.environ["METHOD"],
        revocation_endpoint_auth_method=os.environ["METHOD"],
        code_challenge_method="S256",
    )
    verifier = generate_token(48)
    address, state = client.create_authorization_url(
        server["authorization_endpoint"], code_verifier=verifier
    )
    token = client.fetch_token(
        server["token_endpoint"],
        authorization_response=agree(address),
        state=state,
        code_verifier=verifier,
    )
    return client, token


client, token = connect()
found = {"scope": token["scope"], "rooms": client.get(f"{PARLEY}/api/v1/rooms").status_code}
renewed = client.refresh_token(server["token_endpoint"], refresh_token=token["refresh_token"])
found["refreshed"] = renewed["refresh_token"] != token["refresh_token"]
try:
    client.refresh_token(server["token_endpoint"], refresh_token=token["refresh_token"])
except OAuthError as error:
    found["reuse"] = error.error
client.token = renewed
found["afterReuse"] = client.get(f"{PARLEY}/api/v1/rooms").status_code

client, token = connect()
found["revoked"] = client.revoke_token(
    server["revocation_endpoint"], token=token["refresh_token"], token_type_hint="refresh_token"
).status_code
found["afterRevocation"] = client.get(f"{PARLEY}/api/v1/rooms").status_code
print(json.dumps(found))
