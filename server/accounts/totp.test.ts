import { describe, expect, it } from 'vitest'
import { base32, matchTotp, otpauthUrl, totpCode } from './totp.ts'

const secret = Buffer.from('12345678901234567890')

describe('one-time passwords', () => {
  it('are those of RFC 6238, appendix B', () => {
    for (const [seconds, code] of [
      [59, '287082'],
      [1111111109, '081804'],
      [1111111111, '050471'],
      [1234567890, '005924'],
      [2000000000, '279037'],
      [20000000000, '353130'],
    ] as const)
      expect(totpCode(secret, seconds * 1000)).toBe(code)
  })

  it('count once, within half a minute around their own', () => {
    const at = 1_234_567_890_000
    const step = Math.floor(at / 30_000)
    expect(matchTotp(secret, totpCode(secret, at), at, 0)).toBe(step)
    expect(matchTotp(secret, totpCode(secret, at), at, step)).toBeNull()
    expect(matchTotp(secret, totpCode(secret, at - 30_000), at, step - 2)).toBe(step - 1)
    expect(matchTotp(secret, totpCode(secret, at - 30_000), at, step)).toBeNull()
    expect(matchTotp(secret, totpCode(secret, at + 30_000), at, step)).toBe(step + 1)
    expect(matchTotp(secret, totpCode(secret, at - 60_000), at, 0)).toBeNull()
    for (const wrong of ['', '12345', '1234567', 'abcdef']) expect(matchTotp(secret, wrong, at, 0)).toBeNull()
  })

  it('are set up by base32 and an address that apps read', () => {
    for (const [text, encoded] of [
      ['', ''],
      ['f', 'MY'],
      ['fo', 'MZXQ'],
      ['foo', 'MZXW6'],
      ['foob', 'MZXW6YQ'],
      ['foobar', 'MZXW6YTBOI'],
    ] as const)
      expect(base32(Buffer.from(text))).toBe(encoded)
    expect(otpauthUrl('My Company', 'ada', secret)).toBe(
      'otpauth://totp/My%20Company%3Aada?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=My%20Company&algorithm=SHA1&digits=6&period=30',
    )
  })
})
