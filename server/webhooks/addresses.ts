import { lookup as resolve, type LookupAddress } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'

/**
 * Addresses that are no public unicast (IANA special-purpose registries, RFC 6890): a webhook to one of them would
 * let whoever enters its URL reach into the network that this server stands in.
 */
const PRIVATE_IPV4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
]
/** Of 2000::/3, the only global unicast: protocol assignments with Teredo, documentation, 6to4. */
const PRIVATE_IPV6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20']

const listOf = (ranges: string[], version: 'ipv4' | 'ipv6'): BlockList => {
  const list = new BlockList()
  for (const range of ranges) {
    const [address = '', bits = ''] = range.split('/')
    list.addSubnet(address, Number(bits), version)
  }
  return list
}
const privateIpv4 = listOf(PRIVATE_IPV4, 'ipv4')
const privateIpv6 = listOf(PRIVATE_IPV6, 'ipv6')
const globalIpv6 = listOf(['2000::/3'], 'ipv6')

/** Whether an IP address is one that the whole internet reaches. IPv4 within IPv6 is judged as IPv4, or refused. */
export function isPublicAddress(address: string): boolean {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped !== undefined) return isPublicAddress(mapped)
  if (isIP(address) === 4) return !privateIpv4.check(address, 'ipv4')
  return isIP(address) === 6 && globalIpv6.check(address, 'ipv6') && !privateIpv6.check(address, 'ipv6')
}

/** The IP address that a URL names itself, without a look-up. WHATWG URL has written 0x7f.1 and the like out. */
export function literalAddress(url: URL): string | null {
  const host = url.hostname.replace(/^\[|\]$/g, '')
  return isIP(host) === 0 ? null : host
}

/** The connection was refused by us: its address is none that webhooks may go to. */
export class AddressNotAllowed extends Error {
  override name = 'AddressNotAllowed'
  constructor(address: string) {
    super(`${address} is a private address, to which webhooks are not sent`)
  }
}

/**
 * Resolves names as `net.connect` wants it, leaving out all that is not public: what comes out is what is connected
 * to, so that a name that resolves otherwise the next time (DNS rebinding) gains nothing. Fails with
 * {@link AddressNotAllowed} when nothing is left. A URL with a literal address never comes here.
 */
export const publicLookup: LookupFunction = (hostname, options, callback) => {
  resolve(hostname, { ...options, all: true }, (err, addresses: LookupAddress[]) => {
    if (err !== null) {
      callback(err, [])
      return
    }
    const allowed = addresses.filter(({ address }) => isPublicAddress(address))
    const [first] = allowed
    if (first === undefined)
      callback(new AddressNotAllowed(`${hostname} (${addresses[0]?.address ?? 'nothing'})`), [])
    else if (options.all === true) callback(null, allowed)
    else callback(null, first.address, first.family)
  })
}
