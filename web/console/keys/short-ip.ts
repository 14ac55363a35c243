/** IPv4 as people write it, also where it came in by an IPv6 socket. */
export const shortIp = (ip: string): string => ip.replace(/^::ffff:(?=[\d.]+$)/i, '')
