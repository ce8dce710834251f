// The network a request comes from, as far as one customer may hold it: an IPv4 address, or the /64 of an IPv6 one.

/** `203.0.113.7` stays, `::ffff:203.0.113.7` is the same, `2001:db8:1:2:3:4:5:6` is `2001:db8:1:2::/64`. */
export function networkOf(ip: string | undefined): string {
  // The other side was gone before it was asked who it is.
  if (ip === undefined) return 'unknown'
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)
  if (mapped?.[1] !== undefined) return mapped[1]
  if (!ip.includes(':')) return ip
  const [head = '', tail] = ip.toLowerCase().split('%')[0]?.split('::') ?? []
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const groups =
    tail === undefined ? left : [...left, ...Array(Math.max(0, 8 - left.length - right.length)).fill('0'), ...right]
  return `${groups
    .slice(0, 4)
    .map(group => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`
}

/** The /48 that a /64 lies in, which one customer may hold as well; null for an IPv4 address. */
export function customerOf(network: string): string | null {
  return network.endsWith('::/64') ? `${network.split(':').slice(0, 3).join(':')}::/48` : null
}
