import { describe, expect, it } from 'vitest'
import { isUsableSecret, signatureHeaders } from './signature.ts'

describe('signatures', () => {
  it('are those of OpenVidu Meet and of Standard Webhooks', () => {
    // Computed with OpenSSL: openssl dgst -sha256 -hmac <key>, and with -macopt hexkey:<bytes of the secret> -binary.
    const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
    expect(
      signatureHeaders(secret, { id: 'evt_1', at: 1755690000123, body: '{"event":"testEvent"}' }),
    ).toEqual({
      'X-Timestamp': '1755690000123',
      'X-Signature': '52fb74df9d104dcf0a3b7625552e11db530324e4bd2b066b1b7c3bf3ab83ea30',
      'webhook-id': 'evt_1',
      'webhook-timestamp': '1755690000',
      'webhook-signature': 'v1,qoXgoQKhMAz2ZFrlH0ehOqF70aHP1enYrniVss2yDP8=',
    })
  })
})

describe('a secret', () => {
  it.each([
    ['parley_live_0123456789abcdefghijklmnopqrstuv', true],
    ['meet-api-key', true],
    [`whsec_${Buffer.alloc(24).toString('base64')}`, true],
    [`whsec_${Buffer.alloc(23).toString('base64')}`, false],
    [`whsec_${Buffer.alloc(65).toString('base64')}`, false],
    ['whsec_&&&&', false],
  ])('%s can be used: %s', (secret, isUsable) => {
    expect(isUsableSecret(secret)).toBe(isUsable)
  })
})
