import * as accounts from './accounts/routes.ts'
import * as compat from './keys/compat-routes.ts'
import * as keys from './keys/routes.ts'
import * as meetings from './meetings/routes.ts'
import * as roomMembers from './rooms/member-routes.ts'
import * as rooms from './rooms/routes.ts'
import * as feed from './webhooks/feed-routes.ts'

/** Every endpoint. Routes, OpenAPI and the web client's types come from this list. */
export const endpoints = [
  ...Object.values(accounts),
  ...Object.values(keys),
  ...Object.values(compat),
  ...Object.values(rooms),
  ...Object.values(roomMembers),
  ...Object.values(meetings),
  ...Object.values(feed),
] as const
