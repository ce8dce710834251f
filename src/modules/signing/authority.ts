// The demo authority: one root named DEMO, certificates for officers who sign and agencies that seal.
import { inTransaction } from '../../platform/db/database.ts'
import type { Platform } from '../../platform/module.ts'
import { holdersWithKey, insertAuthority, insertKey, issuingAuthority } from './store/keys.ts'

const YEAR = 31_557_600_000
export const DEMO_AUTHORITY = 'CA DEMO Một Cửa'

export interface KeyHolder {
  /** officer:<id> or agency:<id>. */
  readonly holder: string
  readonly name: string
  readonly organisation: string
  readonly title?: string
}

/** Makes the demo authority when absent, and keys for holders that have none. Returns how many keys were made. */
export async function issueDemoKeys(platform: Platform, holders: readonly KeyHolder[], at: Date): Promise<number> {
  const { db, keys } = platform
  const have = await holdersWithKey(db)
  const missing = holders.filter(each => !have.has(each.holder))
  if (missing.length === 0) return 0
  // The X.509 libraries (14 MB) are loaded only where something is issued.
  const { createRoot, issueLeaf, pkcs8, rootFromStore } = await import('./pades/ca.ts')
  const from = new Date(at.getTime() - 3 * YEAR)
  if ((await issuingAuthority(db, keys)) === null) {
    const root = await createRoot(
      { commonName: DEMO_AUTHORITY, organization: 'DEMO – không có giá trị pháp lý' },
      from,
      new Date(at.getTime() + 15 * YEAR),
    )
    const privateKey = await pkcs8(root)
    await inTransaction(db, tx =>
      insertAuthority(tx, keys, { name: DEMO_AUTHORITY, certificate: root.certificate, privateKey }, at),
    )
  }
  const authority = await issuingAuthority(db, keys)
  if (authority === null) throw new Error('the authority just made is absent')
  const root = await rootFromStore(authority.certificate, authority.privateKey)
  const to = new Date(at.getTime() + 5 * YEAR)
  for (const each of missing) {
    const leaf = await issueLeaf(
      root,
      {
        commonName: each.name,
        organization: each.organisation,
        ...(each.title === undefined ? {} : { title: each.title }),
      },
      from,
      to,
    )
    const privateKey = await pkcs8(leaf)
    await inTransaction(db, tx =>
      insertKey(
        tx,
        keys,
        {
          holder: each.holder,
          name: each.name,
          certificate: leaf.certificate,
          issuer: root.certificate,
          privateKey,
          from,
          to,
        },
        at,
      ),
    )
  }
  return missing.length
}
