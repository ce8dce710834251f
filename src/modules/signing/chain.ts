// Whether a certificate stands under an authority that is trusted.

import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'

const MOST_DEPTH = 6
const PEM = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g

/**
 * What is wrong with the chain of a certificate at each of `instants`; null where it ends at one of `roots`, be it the
 * certificate itself. `others` are those that came along; they are believed only as links.
 */
export function chainFault(
  leaf: X509Certificate,
  others: readonly X509Certificate[],
  roots: readonly X509Certificate[],
  instants: readonly Date[],
): string | null {
  const pool = [...roots, ...others]
  let current = leaf
  for (let depth = 0; depth < MOST_DEPTH; depth++) {
    const here = current
    const [from, to] = [new Date(here.validFrom), new Date(here.validTo)]
    if (instants.some(at => at < from || at > to)) return `certificate outside its validity: ${here.subject}`
    if (roots.some(root => root.fingerprint256 === here.fingerprint256)) return null
    const issuer = pool.find(
      each =>
        each.ca && each.fingerprint256 !== here.fingerprint256 && here.checkIssued(each) && here.verify(each.publicKey),
    )
    if (issuer === undefined) break
    current = issuer
  }
  return 'chain does not end at a given root'
}

/** The certificates of a file in PEM. Throws where it cannot be read or holds none. */
export function readAuthorities(file: string): X509Certificate[] {
  const found = readFileSync(file, 'utf8').match(PEM) ?? []
  if (found.length === 0) throw new Error(`${file} holds no certificate in PEM`)
  return found.map(each => new X509Certificate(each))
}
