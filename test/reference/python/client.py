"""What a customer does with the client that openapi-python-client made: a key, a room, the way into a meeting."""

import json
import os
import sys

from parley_api_client import Client
from parley_api_client.api.api_keys import create_key, list_keys
from parley_api_client.api.meetings import list_room_meetings
from parley_api_client.api.other_clients import get_call_token
from parley_api_client.api.rooms import create_room, get_room
from parley_api_client.models import CreateKeyBody, CreateRoom, GetCallTokenBody


def client(key):
    return Client(base_url=os.environ["PARLEY_URL"], headers={"X-API-KEY": key})


admin = client(os.environ["PARLEY_KEY"])
if sys.argv[1] == "make":
    body = CreateKeyBody.from_dict({"name": "From Python", "permissions": ["read", "write"]})
    own = client(create_key.sync(client=admin, body=body).key)
    room = create_room.sync(client=own, body=CreateRoom.from_dict({"roomName": "From Python"}))
    entry = get_call_token.sync(
        client=own, body=GetCallTokenBody.from_dict({"room_name": "From Python", "participant_name": "Ada"})
    )
    refused = list_keys.sync(client=own)
    print(
        json.dumps(
            {
                "roomId": room.room_id,
                "link": room.access.anonymous.moderator.url,
                "token": entry.data.token,
                "refused": refused.code,
            }
        )
    )
else:
    room = get_room.sync(client=admin, room_id=sys.argv[2])
    history = list_room_meetings.sync(client=admin, room_id=sys.argv[2])
    people = [participant.name for participant in history.meetings[0].participants]
    print(json.dumps({"status": room.status, "people": people}))
