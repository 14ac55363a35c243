import { describe, expect, it } from 'vitest'
import { leaveTarget } from './leave-target.ts'

const top = {
  redirect: null,
  origin: 'https://meet.example.com',
  parentOrigin: null,
  isFramed: false,
  referrer: '',
  allowedOrigins: ['*'],
}
const framed = { ...top, isFramed: true, parentOrigin: 'https://app.example.com' }

describe('where a person goes after the meeting', () => {
  it('an absolute link as it is', () => {
    expect(leaveTarget({ ...framed, redirect: 'https://x.example/bye?a=1' })).toBe(
      'https://x.example/bye?a=1',
    )
  })

  it('a path of the page around it, or of the page that the person came from', () => {
    expect(leaveTarget({ ...framed, redirect: '/bye' })).toBe('https://app.example.com/bye')
    const referrer = 'https://app.example.com/rooms'
    expect(leaveTarget({ ...top, redirect: '/bye', referrer })).toBe('https://app.example.com/bye')
    expect(leaveTarget({ ...top, redirect: '/bye' })).toBe('https://meet.example.com/bye')
  })

  it('back to another origin that the page was opened from, and nowhere else', () => {
    expect(leaveTarget({ ...top, referrer: 'https://app.example.com/rooms' })).toBe(
      'https://app.example.com/rooms',
    )
    expect(leaveTarget({ ...top, referrer: 'https://meet.example.com/rooms' })).toBeNull()
    expect(leaveTarget({ ...framed, referrer: 'https://app.example.com/' })).toBeNull()
    expect(leaveTarget(top)).toBeNull()
  })

  it.each([
    'javascript:alert(1)',
    'data:text/html,x',
    '//evil.example',
    '/\\evil.example',
    'nonsense',
    'file:///x',
  ])('never %s', (redirect) => {
    expect(leaveTarget({ ...framed, redirect })).toBeNull()
    expect(leaveTarget({ ...top, redirect })).toBeNull()
  })

  it('only where the organization allows it', () => {
    const allowedOrigins = ['https://app.example.com']
    expect(leaveTarget({ ...framed, redirect: '/bye', allowedOrigins })).toBe('https://app.example.com/bye')
    expect(leaveTarget({ ...framed, redirect: 'https://evil.example/', allowedOrigins })).toBeNull()
    expect(leaveTarget({ ...framed, redirect: 'https://meet.example.com/', allowedOrigins })).not.toBeNull()
  })
})
