import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { Receiver } from '../../test/support/receiver.ts'
import { isPublicAddress, publicLookup } from './addresses.ts'
import { Sender } from './sender.ts'

describe('an address', () => {
  it.each([
    '127.0.0.1',
    '127.255.0.9',
    '0.0.0.0',
    '10.1.2.3',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '198.18.0.1',
    '192.0.2.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::127.0.0.1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    '2001:0:7f00:1::',
    '2001:db8::1',
    'fc00::1',
    'fd12:3456::1',
    'fe80::1',
    'ff02::1',
    'not an address',
  ])('of a private network is told: %s', (address) => {
    expect(isPublicAddress(address)).toBe(false)
  })

  it.each(['1.1.1.1', '8.8.8.8', '172.32.0.1', '192.0.1.1', '::ffff:8.8.8.8', '2606:4700::1111', '2a00::1'])(
    'of the internet is told: %s',
    (address) => {
      expect(isPublicAddress(address)).toBe(true)
    },
  )
})

describe('a webhook', () => {
  it('is sent to no private address, whatever its name, and however it is written', async () => {
    const one = await Receiver.start()
    const sender = new Sender({ allowsPrivate: false })
    // The first is a name, as one that resolved to a public address when it was saved.
    for (const host of [
      'localhost',
      '127.0.0.1',
      '127.1',
      '0x7f000001',
      '2130706433',
      '[::ffff:127.0.0.1]',
    ]) {
      const outcome = await sender.post(`http://${host}:${one.port}/`, {}, '{}')
      expect(outcome, host).toMatchObject({
        responseStatus: null,
        error: expect.stringContaining('private address'),
      })
    }
    expect(one.received).toEqual([])
    sender.close()
    const open = new Sender({ allowsPrivate: true })
    expect((await open.post(`http://localhost:${one.port}/`, {}, '{}')).responseStatus).toBe(200)
    open.close()
    await one.stop()
  })

  it('goes to what its name resolves to then, and nothing is left of a name with private ones only', async () => {
    const lookup = promisify(publicLookup)
    await expect(lookup('localhost', { all: true })).rejects.toThrow('private address')
    await expect(lookup('localhost', {})).rejects.toThrow('private address')
  })
})
