import { describe, expect, it } from 'vitest'
import { followKnock } from './knock.ts'

const stream = (...chunks: string[]) =>
  new Response(
    new ReadableStream({
      start: (controller) => {
        for (const chunk of chunks) controller.enqueue(new TextEncoder().encode(chunk))
        controller.close()
      },
    }),
  )
const follow = (...answers: (() => Response)[]) =>
  followKnock('/knock', new AbortController().signal, async () => {
    const answer = answers.shift()
    if (!answer) throw new TypeError('no network')
    return answer()
  })

describe('waiting at the door', () => {
  it('ends with the answer, however it is cut into pieces', async () => {
    const admitted = () =>
      stream(
        'retry: 2000\n\n',
        ': still waiting\n\nevent: adm',
        'itted\ndata: {"token":"t","server',
        'Key":"k"}\n\n',
      )
    expect(await follow(admitted)).toEqual({ status: 'admitted', token: 't', serverKey: 'k' })
    expect(await follow(() => stream('event: denied\ndata: {}\n\n'))).toEqual({ status: 'denied' })
    expect(await follow(() => stream('event: expired\ndata: {}\n\n'))).toEqual({ status: 'expired' })
  })

  it('is over when the server does not know the knock any more', async () => {
    expect(await follow(() => new Response('', { status: 404 }))).toEqual({ status: 'expired' })
  })

  it('goes on over a stream that breaks off and an answer that is none', async () => {
    const outcome = await follow(
      () => stream('retry: 2000\n\n'),
      () => stream('event: denied\ndata: {}\n\n'),
    )
    expect(outcome).toEqual({ status: 'denied' })
  })

  it('tells a refusal as what it is', async () => {
    const refused = follow(() =>
      stream('event: refused\ndata: {"status":409,"code":"meeting_full","message":"Full"}\n\n'),
    )
    await expect(refused).rejects.toMatchObject({ status: 409, code: 'meeting_full' })
  })

  it('can be given up', async () => {
    const giveUp = new AbortController()
    const waiting = followKnock('/knock', giveUp.signal, () => Promise.reject(new TypeError('no network')))
    giveUp.abort()
    await expect(waiting).rejects.toThrow()
  })
})
