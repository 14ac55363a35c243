import { createECDH, createPrivateKey, hkdfSync, type KeyObject, sign } from 'node:crypto'

/** Length of a signature in bytes: ECDSA over P-256 in the form of IEEE P1363, which WebCrypto reads. */
export const SIGNATURE_BYTES = 64

/**
 * Signs what the server says in meetings, so that a page can tell it from what a participant sends, however LiveKit
 * delivers it. The key follows from LiveKit's secret: every instance that may speak in a meeting has the same one.
 */
export class Voice {
  readonly #key: KeyObject
  /** The public key, base64url of the uncompressed point; pages get it with their token. */
  readonly publicKey: string

  constructor(livekitSecret: string) {
    const pair = createECDH('prime256v1')
    for (let attempt = 0; ; attempt++) {
      try {
        pair.setPrivateKey(Buffer.from(hkdfSync('sha256', livekitSecret, '', `parley voice ${attempt}`, 32)))
        break
      } catch {
        // One in 2^32 values is no key of this curve.
      }
    }
    const point = pair.getPublicKey()
    const scalar = pair.getPrivateKey()
    this.publicKey = point.toString('base64url')
    this.#key = createPrivateKey({
      format: 'jwk',
      key: {
        kty: 'EC',
        crv: 'P-256',
        d: Buffer.concat([Buffer.alloc(32 - scalar.length), scalar]).toString('base64url'),
        x: point.subarray(1, 33).toString('base64url'),
        y: point.subarray(33).toString('base64url'),
      },
    })
  }

  /** The signature and behind it the message, bound to its room: what is said in one means nothing in another. */
  speak(roomId: string, message: object): Uint8Array {
    const bytes = Buffer.from(JSON.stringify(message))
    const signature = sign('sha256', Buffer.concat([Buffer.from(`${roomId}\n`), bytes]), {
      key: this.#key,
      dsaEncoding: 'ieee-p1363',
    })
    return Buffer.concat([signature, bytes])
  }
}
