import { describe, expect, it } from 'vitest'
import { browserFamily, classifyFault } from './device-fault.ts'

describe('classifyFault', () => {
  it.each([
    ['NotAllowedError', 'Permission denied', 'denied'],
    ['NotAllowedError', 'Permission dismissed', 'dismissed'],
    ['NotAllowedError', 'Permission denied by system', 'system'],
    ['NotFoundError', 'Requested device not found', 'missing'],
    ['OverconstrainedError', '', 'missing'],
    ['NotReadableError', 'Could not start video source', 'busy'],
    ['AbortError', 'Starting videoinput failed', 'busy'],
    ['TypeError', '', 'failed'],
  ])('%s (%s) is %s', (name, message, fault) => {
    expect(classifyFault(new DOMException(message, name))).toBe(fault)
  })

  it('takes anything that was thrown', () => {
    expect(classifyFault('no')).toBe('failed')
    expect(classifyFault(undefined)).toBe('failed')
  })
})

describe('browserFamily', () => {
  const chrome =
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36'
  const mac =
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15'
  it.each([
    [chrome, 0, 'chrome'],
    [`${chrome} Edg/140.0.0.0`, 0, 'edge'],
    ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 0, 'firefox'],
    [mac, 0, 'safari'],
    [mac, 5, 'ios'],
    [
      'Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0.0.0 Mobile Safari/537.36',
      5,
      'android',
    ],
  ])('%s', (userAgent, touchPoints, family) => {
    expect(browserFamily(userAgent, touchPoints)).toBe(family)
  })
})
