import { createRequire } from 'node:module'
import type { AddressInfo, Server } from 'node:net'

/** A real S3-compatible server on a folder; its types are not published. */
export interface S3Server {
  env: Record<string, string>
  stop: () => Promise<void>
}

interface S3rver {
  run: () => Promise<AddressInfo>
  close: () => Promise<void>
  httpServer?: Server
}

export async function startS3(directory: string): Promise<S3Server> {
  const Constructor = createRequire(import.meta.url)('s3rver') as new (options: object) => S3rver
  const server = new Constructor({
    port: 0,
    address: '127.0.0.1',
    silent: true,
    directory,
    configureBuckets: [{ name: 'media' }],
  })
  const { port } = await server.run()
  return {
    env: {
      S3_ENDPOINT: `http://127.0.0.1:${port}`,
      S3_BUCKET: 'media',
      // What this server expects of everybody.
      S3_ACCESS_KEY_ID: 'S3RVER',
      S3_SECRET_ACCESS_KEY: 'S3RVER',
    },
    stop: () => server.close(),
  }
}
