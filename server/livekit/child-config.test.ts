import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { loadConfig } from '../config.ts'
import { childConfig, describePlan, planMedia } from './child-config.ts'

const LOCAL = ['192.168.1.20', '172.17.0.1', 'fd00::20']
const plan = (env: Record<string, string>, local = LOCAL) => planMedia(loadConfig(env), local)
const template = await readFile('livekit.yaml', 'utf8')
const written = (env: Record<string, string>, text = template) =>
  parse(
    childConfig({
      template: text,
      plan: plan(env),
      apiPort: 41_000,
      udpPort: plan(env).udpPort || 42_000,
      apiKey: 'APIkey',
      apiSecret: 's'.repeat(40),
      webhookUrl: 'http://127.0.0.1:6080/internal-api/v1/livekit/webhook',
    }),
  )

test.each(['127.0.0.1', 'localhost', '::1'])('HOST=%s keeps media on 127.0.0.1, without TCP', (host) => {
  expect(plan({ HOST: host, LIVEKIT_RTC_TCP_PORT: '7881' })).toEqual({
    onLoopback: true,
    udpPort: 0,
    tcpPort: 0,
    advertised: ['127.0.0.1'],
    listen: ['127.0.0.1'],
    translatedTo: null,
  })
  const config = written({ HOST: host })
  expect(config.rtc).toEqual({
    udp_port: 42_000,
    tcp_port: 0,
    use_external_ip: false,
    ips: { includes: ['127.0.0.1/32'] },
    enable_loopback_candidate: true,
    node_ip: '127.0.0.1',
    use_ice_lite: false,
    stun_servers: ['127.0.0.1:3478'],
  })
})

test('LIVEKIT_NODE_IP decides over HOST, as behind a reverse proxy on the same machine', () => {
  expect(plan({ HOST: '127.0.0.1', LIVEKIT_NODE_IP: '192.168.1.20' })).toMatchObject({
    onLoopback: false,
    udpPort: 7882,
    listen: ['192.168.1.20', '127.0.0.1'],
  })
  expect(plan({ HOST: '0.0.0.0', LIVEKIT_NODE_IP: '127.0.0.1' })).toMatchObject({
    onLoopback: true,
    tcpPort: 0,
  })
})

test('HOST=0.0.0.0 offers every address of this machine, and 127.0.0.1', () => {
  expect(plan({ HOST: '0.0.0.0' })).toEqual({
    onLoopback: false,
    udpPort: 7882,
    tcpPort: 7881,
    advertised: [...LOCAL, '127.0.0.1'],
    listen: null,
    translatedTo: null,
  })
  const { rtc } = written({ HOST: '0.0.0.0' })
  expect(rtc).not.toHaveProperty('node_ip')
  expect(rtc).not.toHaveProperty('ips')
  expect(rtc).toMatchObject({
    use_ice_lite: true,
    enable_loopback_candidate: true,
    stun_servers: ['192.168.1.20:3478'],
  })
})

test.each([
  [{ HOST: '192.168.1.20' }, '192.168.1.20'],
  [{ HOST: '0.0.0.0', LIVEKIT_NODE_IP: '172.17.0.1' }, '172.17.0.1'],
  [{ HOST: '192.168.1.20', LIVEKIT_NODE_IP: 'fd00::20' }, 'fd00::20'],
])('%o narrows media to that address and 127.0.0.1', (env, address) => {
  expect(plan(env)).toMatchObject({ advertised: [address, '127.0.0.1'], listen: [address, '127.0.0.1'] })
  expect(written(env).rtc.ips.includes).toEqual([
    `${address}/${address.includes(':') ? 128 : 32}`,
    '127.0.0.1/32',
  ])
})

test('an address behind which this machine stands replaces all others, on a single socket', () => {
  const env = { HOST: '0.0.0.0', LIVEKIT_NODE_IP: '203.0.113.7' }
  expect(plan(env)).toMatchObject({
    advertised: ['203.0.113.7'],
    listen: ['192.168.1.20'],
    translatedTo: '203.0.113.7',
  })
  expect(written(env).rtc).toMatchObject({
    node_ip: '203.0.113.7',
    ips: { includes: ['192.168.1.20/32'] },
    enable_loopback_candidate: false,
    use_ice_lite: false,
  })
})

test('browsers are never sent to the media port for STUN', () => {
  expect(written({ HOST: '0.0.0.0', LIVEKIT_RTC_UDP_PORT: '3478' }).rtc.stun_servers).toEqual([
    '192.168.1.20:3479',
  ])
})

test('the template sets what Parley does not, and nothing of it opens the child to others', () => {
  const config = written(
    {},
    'port: 1\nrtc: { port_range_start: 50000, port_range_end: 60000, tcp_port: 7881, packet_buffer_size_video: 400 }\n' +
      'room: { auto_create: false, max_participants: 9 }\nturn: { enabled: true }\nkeys: { known: to everybody }\n',
  )
  expect(config).toMatchObject({
    port: 41_000,
    bind_addresses: ['127.0.0.1'],
    room: { auto_create: false, max_participants: 9 },
    rtc: { packet_buffer_size_video: 400, tcp_port: 0 },
    keys: { APIkey: 's'.repeat(40) },
    webhook: { api_key: 'APIkey', urls: ['http://127.0.0.1:6080/internal-api/v1/livekit/webhook'] },
  })
  expect(Object.keys(config.keys)).toEqual(['APIkey'])
  expect(config).not.toHaveProperty('turn')
  expect(config.rtc).not.toHaveProperty('port_range_start')
})

test('the ports to open are said in one sentence', () => {
  expect(describePlan(plan({}), 42_000)).toBe(
    'Media on 127.0.0.1 only (UDP 42000): nothing to open in a firewall',
  )
  expect(describePlan(plan({ HOST: '0.0.0.0' }), 7882)).toBe(
    'Media: open UDP 7882 (LIVEKIT_RTC_UDP_PORT) and TCP 7881 (LIVEKIT_RTC_TCP_PORT) in the firewall; ' +
      'browsers are told 192.168.1.20, 172.17.0.1, fd00::20 (LIVEKIT_NODE_IP)',
  )
  expect(describePlan(plan({ HOST: '0.0.0.0', LIVEKIT_RTC_TCP_PORT: '0' }), 7882)).toContain(
    'open UDP 7882 (LIVEKIT_RTC_UDP_PORT) in the firewall',
  )
})
