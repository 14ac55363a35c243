import { expect, it } from 'vitest'
import { standingOf, type Webhook } from './webhooks.ts'

const well: Webhook = {
  id: 'webhook_1',
  url: 'https://example.com',
  events: ['roomCreated'],
  environment: 'live',
  enabled: true,
  disabledReason: null,
  createdAt: '2026-01-15T10:00:00.000Z',
  lastDeliveryAt: '2026-01-15T11:00:00.000Z',
  failingSince: null,
  lastError: null,
  pendingCount: 0,
}

it.each([
  ['healthy', {}],
  ['waiting', { lastDeliveryAt: null }],
  ['failing', { failingSince: '2026-01-15T12:00:00.000Z' }],
  ['disabled', { enabled: false, failingSince: '2026-01-15T12:00:00.000Z' }],
  ['stopped', { enabled: false, disabledReason: 'gone' }],
] as const)('a webhook is told to be %s', (standing, change) => {
  expect(standingOf({ ...well, ...change })).toBe(standing)
})
