import * as config from './accounts/config-routes.ts'
import * as invitations from './accounts/invitation-routes.ts'
import * as openvidu from './accounts/openvidu-routes.ts'
import * as organizations from './accounts/organization-routes.ts'
import * as overview from './accounts/overview-routes.ts'
import * as accounts from './accounts/routes.ts'
import type { AnyEndpoint } from './http/endpoint.ts'
import * as info from './http/info-routes.ts'
import * as singleSignOn from './accounts/sso-routes.ts'
import * as users from './accounts/user-routes.ts'
import * as audit from './audit/routes.ts'
import * as chat from './chat/routes.ts'
import * as compat from './keys/compat-routes.ts'
import * as keys from './keys/routes.ts'
import * as openViduKeys from './keys/openvidu-routes.ts'
import * as meetings from './meetings/routes.ts'
import * as oauth from './oauth/routes.ts'
import * as recordings from './recordings/routes.ts'
import * as recordingPages from './recordings/page-routes.ts'
import * as scheduled from './scheduled/routes.ts'
import * as moderation from './meetings/moderation-routes.ts'
import * as roomMembers from './rooms/member-routes.ts'
import * as rooms from './rooms/routes.ts'
import * as waitingRoom from './waiting-room/routes.ts'
import * as feed from './webhooks/feed-routes.ts'
import * as globalWebhook from './webhooks/openvidu-routes.ts'
import * as webhooks from './webhooks/routes.ts'

/** Every endpoint. Routes, OpenAPI and the web client's types come from this list. */
export const endpoints = [
  ...Object.values(accounts),
  ...Object.values(openvidu),
  ...Object.values(users),
  ...Object.values(organizations),
  ...Object.values(invitations),
  ...Object.values(singleSignOn),
  ...Object.values(audit),
  ...Object.values(config),
  ...Object.values(overview),
  ...Object.values(keys),
  ...Object.values(compat),
  ...Object.values(oauth),
  ...Object.values(rooms),
  ...Object.values(roomMembers),
  ...Object.values(meetings),
  ...Object.values(recordings),
  ...Object.values(recordingPages),
  ...Object.values(scheduled),
  ...Object.values(moderation),
  ...Object.values(waitingRoom),
  ...Object.values(chat),
  ...Object.values(feed),
  ...Object.values(info),
  ...Object.values(webhooks),
  ...Object.values(globalWebhook),
  ...Object.values(openViduKeys),
] as const

const names = new Map<AnyEndpoint, string>(
  [
    accounts,
    users,
    organizations,
    invitations,
    audit,
    keys,
    compat,
    oauth,
    rooms,
    roomMembers,
    meetings,
    scheduled,
    moderation,
    waitingRoom,
    chat,
    recordings,
    recordingPages,
    feed,
    info,
    webhooks,
  ].flatMap((routes) => Object.entries(routes).map(([name, one]): [AnyEndpoint, string] => [one, name])),
)
/** What an endpoint is called in the code, and so in generated clients: `createRoom`. */
export const nameOf = (one: AnyEndpoint): string => names.get(one) ?? ''
