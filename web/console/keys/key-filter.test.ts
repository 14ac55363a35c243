import { describe, expect, it } from 'vitest'
import { filterKeys, NO_FILTER } from './key-filter.ts'
import type { ApiKey } from './keys.ts'

const key = (values: Partial<ApiKey>): ApiKey => ({
  id: 'key_1',
  name: 'Shop',
  environment: 'live',
  permissions: ['read'],
  allowedIps: [],
  rateLimits: null,
  start: 'parley_live_aBcD',
  last4: 'wXyZ',
  createdAt: '2026-01-01T00:00:00.000Z',
  createdBy: 'admin',
  expiresAt: null,
  lastUsedAt: null,
  lastUsedIp: null,
  requestCount: 0,
  revokedAt: null,
  rotatedTo: null,
  graceEndsAt: null,
  status: 'active',
  rotationDue: false,
  ...values,
})
const keys = [
  key({ name: 'Shop' }),
  key({ name: 'Old shop', status: 'expiring', start: 'parley_live_eFgH', last4: 'aaaa' }),
  key({ name: 'Trial', environment: 'test', start: 'parley_test_iJkL', last4: 'bbbb' }),
  key({ name: 'Lost', status: 'revoked', start: 'parley_live_mNoP', last4: 'cccc' }),
]
const named = (filter: Partial<typeof NO_FILTER>) =>
  filterKeys(keys, { ...NO_FILTER, ...filter }).map(({ name }) => name)

describe('filterKeys', () => {
  it('lists what still works, unless asked otherwise', () => {
    expect(named({})).toEqual(['Shop', 'Old shop', 'Trial'])
    expect(named({ status: '' })).toHaveLength(4)
    expect(named({ status: 'revoked' })).toEqual(['Lost'])
    expect(named({ environment: 'test' })).toEqual(['Trial'])
  })

  it('finds by name, beginning, end and the whole key', () => {
    expect(named({ text: ' SHOP ' })).toEqual(['Shop', 'Old shop'])
    expect(named({ text: 'parley_test' })).toEqual(['Trial'])
    expect(named({ text: 'aaaa' })).toEqual(['Old shop'])
    expect(named({ text: 'parley_live_aBcD…wXyZ' })).toEqual(['Shop'])
    expect(named({ text: 'parley_live_aBcD0123456789wXyZ' })).toEqual(['Shop'])
    expect(named({ text: 'parley_live_aBcD0123456789wxxx' })).toEqual([])
  })
})
