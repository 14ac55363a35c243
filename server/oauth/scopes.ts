import type { Scope } from '../http/endpoint.ts'

/** What OAuth clients can ask for (contract/accounts-and-keys.md, "OAuth 2"), in the order in which pages list it. */
export const SCOPES = [
  'meeting.read',
  'meeting.create',
  'room.read',
  'room.write',
  'recording.read',
  'recording.write',
  'webhook.read',
  'webhook.create',
  'webhook.delete',
] as const satisfies readonly Scope[]

/** What each allows, for the API reference. */
export const SCOPE_TEXTS: Record<Scope, string> = {
  'meeting.read': 'See scheduled meetings, their reports and past meetings',
  'meeting.create': 'Schedule, change and cancel meetings',
  'room.read': 'See rooms and their members',
  'room.write': 'Create, change and delete rooms',
  'recording.read': 'See and play recordings',
  'recording.write': 'Start, stop and delete recordings',
  'webhook.read': 'See webhooks and their deliveries',
  'webhook.create': 'Create webhooks',
  'webhook.delete': 'Delete webhooks',
}

export const isScope = (name: string): name is Scope => (SCOPES as readonly string[]).includes(name)

/** Rows hold scopes as RFC 6749 3.3 writes them: separated by spaces. */
export const scopesOf = (text: string): Scope[] => text.split(' ').filter(isScope)
