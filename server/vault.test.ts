import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { Vault } from './vault.ts'

const key = () => randomBytes(32).toString('base64url')

it('what the vault seals opens under the same key and for the same owner only', () => {
  const own = key()
  const sealed = new Vault(own).seal('secret 会议', 'webhook_1')
  expect(new Vault(own).open(sealed, 'webhook_1')).toBe('secret 会议')
  expect(new Vault(own).open(sealed, 'webhook_2')).toBe(null)
  expect(new Vault(key()).open(sealed, 'webhook_1')).toBe(null)
  const bytes = Buffer.from(sealed.slice(3), 'base64url')
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1
  expect(new Vault(own).open(`v1.${bytes.toString('base64url')}`, 'webhook_1')).toBe(null)
  for (const broken of ['', 'v1.', 'v1.AAAA', 'secret'])
    expect(new Vault(own).open(broken, 'webhook_1')).toBe(null)
  expect(new Vault(own).seal('secret 会议', 'webhook_1')).not.toBe(sealed)
})
