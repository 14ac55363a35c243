import { describe, expect, it } from 'vitest'
import { linkify } from './linkify.ts'

const links = (text: string) => linkify(text).flatMap((part) => (part.kind === 'link' ? part.href : []))

describe('linkify', () => {
  it('keeps every character', () => {
    const text = 'See https://a.example/x?y=1, (or http://b.example/). Bye'
    expect(
      linkify(text)
        .map((part) => part.text)
        .join(''),
    ).toBe(text)
    expect(links(text)).toEqual(['https://a.example/x?y=1', 'http://b.example/'])
  })

  it('keeps brackets that belong to the link', () => {
    expect(links('https://en.example/wiki/A_(b)')).toEqual(['https://en.example/wiki/A_(b)'])
  })

  it('makes nothing else clickable', () => {
    expect(links('javascript:alert(1) data:text/html,x ftp://x')).toEqual([])
    expect(linkify('<img src=x onerror=alert(1)>')).toEqual([
      { kind: 'text', text: '<img src=x onerror=alert(1)>' },
    ])
  })
})
