import { describe, expect, it } from 'vitest'
import { browserName } from './security.ts'

describe('the name of a browser', () => {
  it('is what people call it', () => {
    const chrome =
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36'
    expect(browserName(chrome)).toEqual({ browser: 'Chrome', system: 'Linux' })
    expect(browserName(`${chrome.replace('X11; Linux x86_64', 'Windows NT 10.0')} Edg/140.0`)).toEqual({
      browser: 'Edge',
      system: 'Windows',
    })
    expect(
      browserName(
        'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18.0 Safari/604',
      ),
    ).toEqual({ browser: 'Safari', system: 'iPhone' })
    expect(browserName('node')).toBeNull()
  })
})
