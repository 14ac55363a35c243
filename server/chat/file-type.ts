export const OPAQUE_TYPE = 'application/octet-stream'

const startsWith = (head: Buffer, text: string, at = 0): boolean =>
  head.subarray(at, at + text.length).toString('latin1') === text

/**
 * The type of an image that every browser shows and none runs, by its first 32 bytes; null for all else. What the
 * sender calls it counts for nothing, and SVG is no image here: it can hold scripts.
 */
export function imageTypeOf(head: Buffer): string | null {
  if (startsWith(head, '\x89PNG\r\n\x1a\n')) return 'image/png'
  if (startsWith(head, '\xff\xd8\xff')) return 'image/jpeg'
  if (startsWith(head, 'GIF87a') || startsWith(head, 'GIF89a')) return 'image/gif'
  if (startsWith(head, 'RIFF') && startsWith(head, 'WEBP', 8)) return 'image/webp'
  if (startsWith(head, 'ftypavif', 4)) return 'image/avif'
  return null
}
