// `npm run rehearse -- backup | clamav | failover | tls | upgrade`: plays through what docs/operations tells operators to do, on this machine;
// `dump FILE`: writes what a release leaves to be upgraded from.
import { rehearseBackup } from './rehearse-backup.ts'
import { rehearseClamav } from './rehearse-clamav.ts'
import { rehearseFailover } from './rehearse-failover.ts'
import { rehearseTls } from './rehearse-tls.ts'
import { rehearseUpgrade } from './rehearse-upgrade.ts'
import { releaseDump } from './release-dump.ts'

type Rehearsal = (say: (line: string) => void, args: readonly string[]) => Promise<void>

const REHEARSALS: Readonly<Record<string, Rehearsal>> = {
  backup: rehearseBackup,
  clamav: rehearseClamav,
  dump: releaseDump,
  failover: rehearseFailover,
  tls: rehearseTls,
  upgrade: rehearseUpgrade,
}
const [name = '', ...args] = process.argv.slice(2)
const rehearsal = REHEARSALS[name]
if (rehearsal === undefined) throw new Error(`npm run rehearse -- ${Object.keys(REHEARSALS).join(' | ')}`)
await rehearsal(line => console.log(line), args)

console.log('The rehearsal went through.')
