import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

export interface Probe {
  durationSeconds: number
  video: { codec: string; width: number; height: number; frames: number }
  audio: { codec: string; channels: number }
}

/** What ffprobe says of a file; it reads every packet, so a file that breaks off fails. */
export async function probe(file: string): Promise<Probe> {
  const { stdout } = await run('ffprobe', [
    '-v',
    'error',
    '-count_packets',
    '-of',
    'json',
    '-show_entries',
    'format=duration:stream=codec_type,codec_name,width,height,nb_read_packets,channels',
    file,
  ])
  const { format, streams } = JSON.parse(stdout) as {
    format: { duration: string }
    streams: Record<string, string | number>[]
  }
  const of = (type: string) => streams.find((stream) => stream.codec_type === type) ?? {}
  const [video, audio] = [of('video'), of('audio')]
  return {
    durationSeconds: Number(format.duration),
    video: {
      codec: String(video.codec_name),
      width: Number(video.width),
      height: Number(video.height),
      frames: Number(video.nb_read_packets),
    },
    audio: { codec: String(audio.codec_name), channels: Number(audio.channels) },
  }
}

/** The mean loudness in dB below full scale; silence is below -90. */
export async function loudness(file: string): Promise<number> {
  const { stderr } = await run('ffmpeg', [
    '-hide_banner',
    '-i',
    file,
    '-map',
    '0:a',
    '-af',
    'volumedetect',
    '-f',
    'null',
    '-',
  ])
  return Number(stderr.match(/max_volume: (-?[\d.]+) dB/)?.[1] ?? '-100')
}

/** Part of the picture, in parts of its width and height. */
export interface Area {
  x: number
  y: number
  width: number
  height: number
}

/** How much an area changes from frame to frame, 0 to 255: the mean difference over the file from `fromSeconds` on. */
export async function movement(file: string, area: Area, fromSeconds = 0): Promise<number> {
  const crop = `crop=iw*${area.width}:ih*${area.height}:iw*${area.x}:ih*${area.y}`
  const { stdout } = await run(
    'ffmpeg',
    [
      '-v',
      'error',
      '-ss',
      String(fromSeconds),
      '-i',
      file,
      '-map',
      '0:v',
      '-vf',
      `fps=5,${crop},scale=160:90,format=gray`,
      '-f',
      'rawvideo',
      '-',
    ],
    { encoding: 'buffer', maxBuffer: 200_000_000 },
  )
  const size = 160 * 90
  let sum = 0
  let frames = 0
  for (let at = size; at + size <= stdout.length; at += size) {
    let difference = 0
    for (let i = 0; i < size; i++)
      difference += Math.abs((stdout[at + i] ?? 0) - (stdout[at - size + i] ?? 0))
    sum += difference / size
    frames += 1
  }
  return frames === 0 ? 0 : sum / frames
}

/** One frame as a picture, for people to look at. */
export const frameOf = (file: string, seconds: number, picture: string) =>
  run('ffmpeg', ['-v', 'error', '-y', '-ss', String(seconds), '-i', file, '-frames:v', '1', picture])

/** The mean colour (red, green, blue) of each cell of one frame, in so many columns and rows, by rows. */
export async function coloursOf(
  file: string,
  seconds: number,
  columns: number,
  rows: number,
): Promise<[number, number, number][]> {
  const { stdout } = await run(
    'ffmpeg',
    [
      ...`-v error -ss ${seconds} -i ${file} -map 0:v -frames:v 1`.split(' '),
      ...`-vf scale=${columns}:${rows}:flags=area,format=rgb24 -f rawvideo -`.split(' '),
    ],
    { encoding: 'buffer' },
  )
  return Array.from({ length: columns * rows }, (_, i) => [
    stdout[3 * i] ?? 0,
    stdout[3 * i + 1] ?? 0,
    stdout[3 * i + 2] ?? 0,
  ])
}
