import {
  LocalVideoTrack,
  TrackPublishOptions,
  TrackSource,
  VideoBufferType,
  VideoFrame,
  VideoSource,
} from '@livekit/rtc-node'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { copyFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { finishMp4 } from '../server/recordings/mp4.ts'
import { openDiskStorage } from '../server/storage/disk.ts'
import type { Bot } from '../test/support/bots.ts'
import { probe } from '../test/support/media.ts'
import { eventually } from '../test/support/parley.ts'
import { familyOf, livekitPid } from '../test/support/processes.ts'
import { API_KEY, startServer } from '../test/support/server.ts'
import { joinRoom, type RoomAnswer } from '../test/support/site.ts'
import { cpuSecondsOf, withDirectory } from './process.ts'

const SECONDS = 30
const CAMERA = { width: 640, height: 360, fps: 30 }

export interface RecordingResult {
  tiles: number
  /** Of Parley, its Chromium and ffmpeg; LiveKit carries the meeting with or without a recording. */
  cpuSecondsPerMinute: number
  framesPerSecond: number
  /** What these processes have in memory at the end, shared pages counted once (PSS). */
  memoryBytes: number
  /** From the call to stop to the first bytes of the finished file. */
  downloadableMs: number
}

/** A camera with a picture that moves everywhere, as one that is held in a hand. */
async function film({ room }: Bot, shift: number): Promise<() => void> {
  const { width, height, fps } = CAMERA
  const source = new VideoSource(width, height)
  const options = new TrackPublishOptions({ source: TrackSource.SOURCE_CAMERA, simulcast: false })
  await room.localParticipant?.publishTrack(LocalVideoTrack.createVideoTrack('camera', source), options)
  const frames = Array.from({ length: 30 }, (_, frame) => {
    const pixels = new Uint8Array((width * height * 3) / 2).fill(128)
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++)
        pixels[y * width + x] =
          128 + 90 * Math.sin((x + frame * 7 + shift * 40) / 23) * Math.cos((y + frame * 3) / 17)
    return new VideoFrame(pixels, width, height, VideoBufferType.I420)
  })
  let at = 0
  const timer = setInterval(() => {
    const frame = frames[at++ % frames.length]
    if (frame !== undefined) source.captureFrame(frame)
  }, 1000 / fps)
  return () => clearInterval(timer)
}

const memoryOf = (pid: number): number => {
  try {
    return (
      Number(/^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0) * 1024
    )
  } catch {
    return 0
  }
}

/** Records a meeting of `tiles` cameras at 720p30; `keep` gets the file. */
export const benchRecording = (tiles: number, keep?: string): Promise<RecordingResult> =>
  withDirectory(async (directory) => {
    const dataDir = path.join(directory, 'data')
    const server = await startServer({ DATA_DIR: dataDir })
    const stops: (() => unknown)[] = []
    try {
      const room = await server.call<RoomAnswer>('POST /api/v1/rooms', {})
      for (let i = 0; i < tiles; i++) {
        const bot = await joinRoom(server, room.speakerUrl, `Person ${i + 1}`)
        const stop = await film(bot, i)
        stops.push(stop, () => bot.leave())
      }
      const { recordingId } = await server.call<{ recordingId: string }>('POST /api/v1/recordings', {
        roomId: room.roomId,
      })
      const livekit = new Set(familyOf(livekitPid(dataDir) ?? 0))
      const processes = () => familyOf(server.process.pid ?? 0).filter((pid) => !livekit.has(pid))
      const used = () => processes().reduce((sum, pid) => sum + cpuSecondsOf(pid), 0)
      const before = used()
      const from = performance.now()
      await new Promise((resolve) => setTimeout(resolve, SECONDS * 1000))
      const minutes = (performance.now() - from) / 60_000
      const cpuSecondsPerMinute = (used() - before) / minutes
      const memoryBytes = processes().reduce((sum, pid) => sum + memoryOf(pid), 0)
      const stoppedAt = performance.now()
      await server.call(`POST /api/v1/recordings/${recordingId}/stop`)
      const media = await eventually(
        'the file',
        () =>
          fetch(`${server.url}/api/v1/recordings/${recordingId}/media`, {
            headers: { 'X-API-KEY': API_KEY },
          }),
        ({ status }) => status === 200,
        30_000,
      )
      const downloadableMs = performance.now() - stoppedAt
      const file = path.join(directory, 'film.mp4')
      await writeFile(file, Buffer.from(await media.arrayBuffer()))
      if (keep !== undefined) await copyFile(file, keep)
      const { video, durationSeconds } = await probe(file)
      return {
        tiles,
        cpuSecondsPerMinute,
        framesPerSecond: video.frames / durationSeconds,
        memoryBytes,
        downloadableMs,
      }
    } finally {
      for (const stop of stops) await stop()
      await server.stop()
    }
  })

export interface FinishResult {
  minutes: number
  bytes: number
  /** What follows a stop and grows with the length: the index is written and all of it is safe on the disk. */
  finishMs: number
}

/** Finishes files of one and of 60 minutes, made by repeating a recording as the recorder writes it. */
export const benchFinish = (film: string): Promise<FinishResult[]> =>
  withDirectory(async (directory) => {
    const storage = await openDiskStorage(directory)
    const results: FinishResult[] = []
    const { durationSeconds } = await probe(film)
    for (const minutes of [1, 60]) {
      const growing = await storage.grow(`recordings/${minutes}.mp4`)
      const times = Math.ceil((minutes * 60) / durationSeconds) - 1
      execFileSync('ffmpeg', [
        ...`-v error -stream_loop ${times} -i ${film} -c copy -t ${minutes * 60}`.split(' '),
        ...`-f mp4 -movflags frag_keyframe+empty_moov+default_base_moof ${growing.path}`.split(' '),
      ])
      execFileSync('sync', ['-f', growing.path])
      const from = performance.now()
      const { durationMs, changedFrom } = await finishMp4(growing.path)
      const bytes = await growing.finish(changedFrom)
      const finishMs = performance.now() - from
      if (Math.abs(durationMs / 60_000 - minutes) > 0.1) throw new Error(`it has ${durationMs} ms`)
      results.push({ minutes, bytes, finishMs })
    }
    return results
  })
