import { isIP, isIPv4 } from 'node:net'
import { networkInterfaces } from 'node:os'
import { parse, stringify } from 'yaml'
import { type Config, isLoopbackHost } from '../config.ts'

/** LiveKit's own defaults, used as soon as others than this machine are served. */
const DEFAULT_UDP_PORT = 7882
const DEFAULT_TCP_PORT = 7881

/** How the child's media is reached. Ports of 0 mean: none (TCP), a free one to be chosen (UDP). */
export interface MediaPlan {
  /** True: nothing of the child may listen anywhere but on 127.0.0.1. */
  onLoopback: boolean
  udpPort: number
  tcpPort: number
  /** Addresses that browsers are told, the most useful for others first. */
  advertised: string[]
  /**
   * The only local addresses that media uses, or null for all of this machine's. LiveKit's TCP port is outside
   * of this: it always listens on every address.
   */
  listen: string[] | null
  /** Set where browsers must be told an address that this machine does not have itself, as behind NAT. */
  translatedTo: string | null
}

/** This machine's addresses as other machines could use them, IPv4 first; link-local ones are left out. */
function localAddresses(): string[] {
  const all = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, address }) => !internal && !/^(169\.254\.|fe80:)/i.test(address))
    .map(({ address }) => address)
  return [...all.filter((address) => isIPv4(address)), ...all.filter((address) => !isIPv4(address))]
}

/**
 * Decides where media listens and what browsers are told. With HOST on loopback only 127.0.0.1, with no TCP
 * port, unless LIVEKIT_NODE_IP names another address (as behind a reverse proxy on the same machine). Else the
 * address in LIVEKIT_NODE_IP, or that of HOST, or all of this machine's, and 127.0.0.1 beside them for browsers
 * on this machine.
 *
 * Behind NAT (LIVEKIT_NODE_IP is none of this machine's) media has one socket and no 127.0.0.1: LiveKit tells
 * browsers the given address for every socket, takes sockets that then look the same for duplicates, and
 * hears only one of them, picked by chance. Browsers on this machine then go by the public address.
 */
export function planMedia(config: Config, local: string[] = localAddresses()): MediaPlan {
  const { host } = config.http
  const { rtcUdpPort, rtcTcpPort, nodeIp } = config.livekit
  if (isLoopbackHost(nodeIp ?? host))
    return {
      onLoopback: true,
      udpPort: rtcUdpPort ?? 0,
      tcpPort: 0,
      advertised: ['127.0.0.1'],
      listen: ['127.0.0.1'],
      translatedTo: null,
    }
  const ports = {
    onLoopback: false,
    udpPort: rtcUdpPort ?? DEFAULT_UDP_PORT,
    tcpPort: rtcTcpPort ?? DEFAULT_TCP_PORT,
  }
  const bound = isIP(host) !== 0 && local.includes(host) ? host : null
  if (nodeIp !== null && !local.includes(nodeIp)) {
    const behind = bound ?? local.find((address) => isIPv4(address) === isIPv4(nodeIp))
    return {
      ...ports,
      advertised: [nodeIp],
      listen: behind === undefined ? null : [behind],
      translatedTo: nodeIp,
    }
  }
  const only = nodeIp ?? bound
  return {
    ...ports,
    advertised: only === null ? [...local, '127.0.0.1'] : [only, '127.0.0.1'],
    listen: only === null ? null : [only, '127.0.0.1'],
    translatedTo: null,
  }
}

/** What main prints at start: which ports a firewall must let through, and which variables change them. */
export function describePlan(plan: MediaPlan, udpPort: number): string {
  if (plan.onLoopback) return `Media on 127.0.0.1 only (UDP ${udpPort}): nothing to open in a firewall`
  const tcp = plan.tcpPort === 0 ? '' : ` and TCP ${plan.tcpPort} (LIVEKIT_RTC_TCP_PORT)`
  const to = plan.advertised.filter((address) => address !== '127.0.0.1')
  return (
    `Media: open UDP ${udpPort} (LIVEKIT_RTC_UDP_PORT)${tcp} in the firewall; browsers are told ` +
    `${to.join(', ') || '127.0.0.1'} (LIVEKIT_NODE_IP)`
  )
}

interface ChildConfigInput {
  /** Text of the top-level livekit.yaml. */
  template: string
  plan: MediaPlan
  apiPort: number
  /** The UDP port in use, also where the plan left it open. */
  udpPort: number
  apiKey: string
  apiSecret: string
  /** Where LiveKit tells Parley what happens in its rooms. */
  webhookUrl: string
}

/** The child's config file as YAML: what the template says, and over it what Parley decides. */
export function childConfig(input: ChildConfigInput): string {
  const { plan, udpPort } = input
  // The template is ours and in version control; LiveKit itself refuses what it does not know in it.
  const template = (parse(input.template) ?? {}) as Record<string, Record<string, unknown> | undefined>
  const prefix = (address: string) => `${address}/${isIPv4(address) ? 32 : 128}`
  const reachable = plan.advertised[0] ?? '127.0.0.1'
  return stringify({
    ...template,
    port: input.apiPort,
    bind_addresses: ['127.0.0.1'],
    rtc: {
      ...template['rtc'],
      port_range_start: undefined,
      port_range_end: undefined,
      udp_port: udpPort,
      tcp_port: plan.tcpPort,
      use_external_ip: false,
      interfaces: undefined,
      // By address and not by the interface's name, which differs between systems.
      ips: plan.listen === null ? undefined : { includes: plan.listen.map(prefix) },
      enable_loopback_candidate: plan.translatedTo === null,
      // A node_ip replaces the address of every candidate, so it stands only where that is wanted.
      node_ip: plan.translatedTo ?? (plan.onLoopback ? '127.0.0.1' : undefined),
      // Without node_ip a full ICE agent asks public STUN servers for its address on every join. Whoever can
      // reach this machine needs no such answer, and ICE lite does not ask (RFC 8445, 2.5).
      use_ice_lite: !plan.onLoopback && plan.translatedTo === null,
      // Left empty, LiveKit sends browsers to STUN servers of Google and Twilio. They do not need one to reach a
      // server with an address of its own, and no third party should learn who meets here. So they are sent to
      // STUN's own port on this machine, where usually nothing answers, which delays nothing. It must not be the
      // media port: browsers take all that comes from a STUN server for its answers, and no media would arrive.
      stun_servers: [`${isIPv4(reachable) ? reachable : `[${reachable}]`}:${udpPort === 3478 ? 3479 : 3478}`],
    },
    // The TURN server would listen on every address.
    turn: plan.onLoopback ? undefined : template['turn'],
    keys: { [input.apiKey]: input.apiSecret },
    webhook: { ...template['webhook'], api_key: input.apiKey, urls: [input.webhookUrl] },
  })
}
