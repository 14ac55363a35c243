import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** A network between one browser and the server, which can go dead: nothing passes, and nobody is told. */
export interface Relay {
  /** Of the server, through the relay. */
  url: string
  /** Where media goes instead of LiveKit's own port. */
  udpPort: number
  cut: () => void
  /** Connections from before or during the outage are gone, as after a change of network. */
  restore: () => void
  close: () => void
}

/** Passes TCP to the server at `url` and UDP to LiveKit's media port on this machine. */
export async function startRelay(url: string, livekitUdpPort: number): Promise<Relay> {
  const line = { isCut: false }
  const tcp = await relayTcp(Number(new URL(url).port), line)
  const udp = await relayUdp(livekitUdpPort, line)
  return {
    url: `http://127.0.0.1:${tcp.port}`,
    udpPort: udp.port,
    cut: () => {
      line.isCut = true
    },
    restore: () => {
      tcp.drop()
      line.isCut = false
    },
    close: () => {
      tcp.drop()
      tcp.close()
      udp.close()
    },
  }
}

interface Line {
  isCut: boolean
}

async function relayTcp(target: number, line: Line) {
  const sockets = new Set<Socket>()
  const hold = (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket))
  }
  const server = createServer((near) => {
    hold(near)
    // During an outage a connection is neither made nor refused.
    if (line.isCut) return
    const far = connect(target, '127.0.0.1')
    hold(far)
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.on('data', (bytes) => !line.isCut && to.write(bytes))
      from.on('close', () => !line.isCut && to.destroy())
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    drop: () => {
      for (const socket of sockets) socket.destroy()
    },
    close: () => server.close(),
  }
}

async function relayUdp(target: number, line: Line) {
  const near = createSocket('udp4')
  const far = new Map<number, UdpSocket>()
  near.on('message', (bytes, from) => {
    if (line.isCut) return
    let socket = far.get(from.port)
    if (!socket) {
      socket = createSocket('udp4')
      far.set(from.port, socket)
      socket.on('error', () => {})
      socket.on('message', (answer) => {
        if (!line.isCut) near.send(answer, from.port, from.address)
      })
    }
    socket.send(bytes, target, '127.0.0.1')
  })
  near.on('error', () => {})
  near.bind(0, '127.0.0.1')
  await once(near, 'listening')
  return {
    port: near.address().port,
    close: () => {
      near.close()
      for (const socket of far.values()) socket.close()
    },
  }
}
