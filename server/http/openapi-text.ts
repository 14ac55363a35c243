import guides from '../../docs/guides/guides.json' with { type: 'json' }
import type { HeaderName } from './endpoint.ts'

/** What the reference says besides what the endpoints say of themselves. */

/** Sections in their order; a path belongs to the first pattern that it matches. */
export const TAGS: { name: string; description: string; paths: RegExp }[] = [
  {
    name: 'Room members',
    description:
      'People with a role of their own in one room: users of the organization, and guests with a personal link.',
    paths: /^\/api\/v1\/rooms\/[^/]+\/members/,
  },
  {
    name: 'Meetings',
    description: 'People being in a room, from the first join to the last leave; and meetings with a time.',
    paths: /^\/api\/v1\/((meetings?|calendar)(\/|$)|rooms\/[^/]+\/meetings)/,
  },
  {
    name: 'Rooms',
    description: 'Lasting places with links and settings. A meeting is what happens in a room.',
    paths: /^\/api\/v1\/rooms/,
  },
  {
    name: 'Recordings',
    description: 'Media files of meetings, and their records.',
    paths: /^\/api\/v1\/recordings/,
  },
  {
    name: 'API keys',
    description: 'Secrets for servers. A whole key is only in the answer that makes it.',
    paths: /^\/api\/v1\/keys/,
  },
  {
    name: 'OAuth clients',
    description:
      'Apps that act for people, once these agree. The flow itself is OAuth 2 with PKCE: see the guide.',
    paths: /^\/api\/v1\/oauth/,
  },
  {
    name: 'Webhooks',
    description: 'Where this server sends what happens.',
    paths: /^\/api\/v1\/webhooks/,
  },
  {
    name: 'Organization',
    description: 'What owns rooms, recordings and keys, and who works in it.',
    paths: /^\/api\/v1\/(organization|users|sessions|audit)/,
  },
  {
    name: 'Server',
    description: 'What runs here, and whether a key is valid.',
    paths: /^\/(api\/v1\/auth|info)$/,
  },
  {
    name: 'Other clients',
    description: 'Answers in the form that clients of other systems read.',
    paths: /^\/(auth|web_call)\//,
  },
]
/** Sections as the page lists them. */
export const TAG_ORDER = [
  'Rooms',
  'Room members',
  'Meetings',
  'Recordings',
  'API keys',
  'OAuth clients',
  'Webhooks',
  'Organization',
  'Server',
  'Other clients',
]

/** The section of a path, or undefined: then a pattern is missing above. */
export const tagOf = (path: string): string | undefined => TAGS.find(({ paths }) => paths.test(path))?.name

/** Response headers by name. */
export const HEADERS: Record<HeaderName | 'X-Request-Id' | 'Retry-After', string> = {
  Location: 'Address of what was made',
  Deprecation: '`true` where the answer holds permissions under names of OpenVidu Meet 3.8, too',
  'Content-Disposition': 'The name under which a browser saves the file',
  'Content-Range': 'Which bytes of the file these are',
  'X-Request-Id': 'Names this request; the operator finds it in the log',
  'Retry-After': 'Seconds until it is worth trying again',
}

/** What the page begins with; `guidesUrl` is where the guides lie. */
export const introduction = (guidesUrl: string): string => `
Rooms, meetings, recordings and keys of this server. Make a key in the console under **Embedded**, paste it into
**X-API-KEY** below, and try any endpoint from this page.

${guides.map(({ name, title, about }) => `- [${title}](${guidesUrl}/${name}): ${about}`).join('\n')}
`
