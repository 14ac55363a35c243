/**
 * Why a camera or microphone is not there:
 * `denied` blocked for this site, `policy` not passed on by the page around this one, `dismissed` the prompt was closed without an answer, `system` blocked by the
 * operating system, `missing` none connected, `busy` held by another program, `insecure` the page is not on
 * https or localhost, `failed` anything else.
 */
export type DeviceFault =
  | 'denied'
  | 'dismissed'
  | 'system'
  | 'policy'
  | 'missing'
  | 'busy'
  | 'insecure'
  | 'failed'

/**
 * Sorts an error of `getUserMedia` or `getDisplayMedia`. Names follow Media Capture and Streams section 10;
 * the older names are those of Safari 11 and Chrome 60. Browsers tell dismissed and system-wide blocks apart
 * only in the message.
 */
export const classifyFault = (error: unknown): DeviceFault => {
  const name = error instanceof Error || error instanceof DOMException ? error.name : ''
  const message = error instanceof Error || error instanceof DOMException ? error.message.toLowerCase() : ''
  switch (name) {
    case 'NotAllowedError':
    case 'PermissionDeniedError':
    case 'SecurityError':
      if (message.includes('dismissed')) return 'dismissed'
      return message.includes('system') ? 'system' : 'denied'
    case 'NotFoundError':
    case 'DevicesNotFoundError':
    case 'OverconstrainedError':
      return 'missing'
    case 'NotReadableError':
    case 'TrackStartError':
    case 'AbortError':
      return 'busy'
    default:
      return 'failed'
  }
}

interface PolicedDocument {
  featurePolicy?: { allowsFeature: (feature: string) => boolean }
}

/**
 * Whether the pages around this one (`allow` of the frame, Permissions-Policy) let it ask for the device. True in
 * browsers that do not tell: asking shows.
 */
export const isAllowedByPolicy = (
  device: 'microphone' | 'camera' | 'screen',
  { featurePolicy }: PolicedDocument = document as PolicedDocument,
): boolean => featurePolicy?.allowsFeature(device === 'screen' ? 'display-capture' : device) ?? true

export type BrowserFamily = 'chrome' | 'edge' | 'firefox' | 'safari' | 'ios' | 'android'

/** Which words explain how to allow the camera again: the way differs per browser, not per version. */
export const browserFamily = (userAgent: string, touchPoints = 0): BrowserFamily => {
  // iPadOS says it is a Mac; only the touch screen gives it away.
  if (/iPhone|iPad|iPod/.test(userAgent) || (userAgent.includes('Macintosh') && touchPoints > 1)) return 'ios'
  if (userAgent.includes('Android')) return 'android'
  if (/Firefox\//.test(userAgent)) return 'firefox'
  if (/Edg\//.test(userAgent)) return 'edge'
  if (/Chrome\/|Chromium\//.test(userAgent)) return 'chrome'
  return userAgent.includes('Safari') ? 'safari' : 'chrome'
}
