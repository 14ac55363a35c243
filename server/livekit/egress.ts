import {
  AudioCodec,
  EgressClient,
  type EgressInfo,
  EgressStatus,
  EncodedFileOutput,
  EncodedFileType,
  EncodingOptions,
  EncodingOptionsPreset,
  S3Upload,
  VideoCodec,
} from 'livekit-server-sdk'
import type { Config } from '../config.ts'
import type { Encoding } from '../rooms/config-schema.ts'
import type { LiveKitCredentials } from './grants.ts'

/** How an egress stands, in our words. */
export interface EgressState {
  egressId: string
  status: 'starting' | 'active' | 'ending' | 'complete' | 'failed' | 'aborted' | 'limit_reached'
  durationMs: number
  sizeBytes: number
  details: string
  error: string
  errorCode: number
}

export interface EgressRequest {
  roomId: string
  layout: string
  encoding: Encoding
  /** Path in the bucket, or on the worker's disk where there is no bucket. */
  filepath: string
  s3: Config['s3']
  /** The page that a worker opens. */
  pageUrl: string
}

const STATUS: Record<EgressStatus, EgressState['status']> = {
  [EgressStatus.EGRESS_STARTING]: 'starting',
  [EgressStatus.EGRESS_ACTIVE]: 'active',
  [EgressStatus.EGRESS_ENDING]: 'ending',
  [EgressStatus.EGRESS_COMPLETE]: 'complete',
  [EgressStatus.EGRESS_FAILED]: 'failed',
  [EgressStatus.EGRESS_ABORTED]: 'aborted',
  [EgressStatus.EGRESS_LIMIT_REACHED]: 'limit_reached',
}

export function egressState(info: EgressInfo): EgressState {
  const [file] = info.fileResults
  return {
    egressId: info.egressId,
    status: STATUS[info.status],
    // LiveKit tells nanoseconds.
    durationMs: Number((file?.duration ?? 0n) / 1_000_000n),
    sizeBytes: Number(file?.size ?? 0n),
    details: info.details,
    error: info.error,
    errorCode: info.errorCode,
  }
}

/** A start waits for a worker's answer; LiveKit gives up before this. */
const REQUEST_SECONDS = 15

/** LiveKit's Egress API (https://docs.livekit.io/home/egress/api/). */
export class Egress {
  readonly #url: () => string
  readonly #credentials: LiveKitCredentials

  constructor(options: { url: () => string; credentials: LiveKitCredentials }) {
    this.#url = options.url
    this.#credentials = options.credentials
  }

  get #client(): EgressClient {
    const { apiKey, apiSecret } = this.#credentials
    return new EgressClient(this.#url(), apiKey, apiSecret, { requestTimeout: REQUEST_SECONDS })
  }

  async start({ roomId, layout, encoding, filepath, s3, pageUrl }: EgressRequest): Promise<EgressState> {
    const output = new EncodedFileOutput({
      fileType: EncodedFileType.MP4,
      filepath,
      disableManifest: true,
      ...(s3 === null
        ? {}
        : {
            output: {
              case: 's3' as const,
              value: new S3Upload({
                accessKey: s3.accessKeyId,
                secret: s3.secretAccessKey,
                region: s3.region,
                bucket: s3.bucket,
                ...(s3.endpoint === null ? {} : { endpoint: s3.endpoint, forcePathStyle: true }),
              }),
            },
          }),
    })
    const info = await this.#client.startRoomCompositeEgress(roomId, output, {
      layout,
      customBaseUrl: pageUrl,
      encodingOptions: encodingOf(encoding),
    })
    return egressState(info)
  }

  async stop(egressId: string): Promise<void> {
    await this.#client.stopEgress(egressId)
  }

  /** Undefined when LiveKit does not know it (any more). */
  async find(egressId: string): Promise<EgressState | undefined> {
    const [info] = await this.#client.listEgress({ egressId })
    return info === undefined ? undefined : egressState(info)
  }
}

/** A preset of LiveKit, or every field spelled out. Files are MP4, which cannot hold VP8. */
export function encodingOf(encoding: Encoding): EncodingOptionsPreset | EncodingOptions {
  if (typeof encoding === 'string')
    return (
      (EncodingOptionsPreset as unknown as Record<string, EncodingOptionsPreset>)[encoding] ??
      EncodingOptionsPreset.H264_720P_30
    )
  const { video, audio } = encoding
  return new EncodingOptions({
    width: video.width,
    height: video.height,
    depth: video.depth,
    framerate: video.framerate,
    videoCodec: video.codec === 'VP8' ? VideoCodec.H264_MAIN : VideoCodec[video.codec],
    videoBitrate: video.bitrate,
    keyFrameInterval: video.keyFrameInterval,
    audioCodec: AudioCodec[audio.codec],
    audioBitrate: audio.bitrate,
    audioFrequency: audio.frequency,
  })
}
