/** A name as ids carry it: NFD, lower case, `[a-z0-9_]` only; `fallback` where nothing is left (OpenVidu Meet 0.2). */
export function slugOf(name: string, fallback: string): string {
  const slug = name
    .normalize('NFD')
    .toLowerCase()
    .replace(/[\s-]/g, '_')
    .replace(/[^a-z0-9_]/g, '')
    .replace(/_+/g, '_')
    .replace(/^_|_$/g, '')
  return slug === '' ? fallback : slug
}
