/** ECDSA over P-256 in the form of IEEE P1363, before the message. */
const SIGNATURE_BYTES = 64

/** Gives the message without its signature, or null for what the server has not said in this room. */
export type Verifier = (payload: Uint8Array) => Promise<Uint8Array | null>

/**
 * Tells what the server said in a room from what anybody else sent: by the signature over the room and the message.
 * Where the browser has no Web Crypto, on a page that came over plain http, nothing can be proven: the sender that
 * LiveKit names is all there is then, which the caller has looked at.
 */
export function makeVerifier(
  publicKey: string,
  roomId: string,
  crypto: SubtleCrypto | undefined = globalThis.crypto.subtle,
): Verifier {
  if (!crypto) return (payload) => Promise.resolve(payload.subarray(SIGNATURE_BYTES))
  const key = crypto.importKey('raw', decode(publicKey), { name: 'ECDSA', namedCurve: 'P-256' }, false, [
    'verify',
  ])
  // A key that is none lets nothing through; whoever verifies says so.
  key.catch(() => {})
  const place = new TextEncoder().encode(`${roomId}\n`)
  return async (payload) => {
    const message = payload.subarray(SIGNATURE_BYTES)
    if (message.length === 0) return null
    const signed = new Uint8Array(place.length + message.length)
    signed.set(place)
    signed.set(message, place.length)
    const signature = payload.slice(0, SIGNATURE_BYTES)
    try {
      const isGenuine = await crypto.verify({ name: 'ECDSA', hash: 'SHA-256' }, await key, signature, signed)
      return isGenuine ? message : null
    } catch {
      return null
    }
  }
}

const decode = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (letter) => letter.charCodeAt(0))
