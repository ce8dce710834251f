// `npm run rehearse -- backup`: plays through what docs/operations tells operators to do, on this machine.
import { rehearseBackup } from './rehearse-backup.ts'

const REHEARSALS: Readonly<Record<string, (say: (line: string) => void) => Promise<void>>> = { backup: rehearseBackup }
const [name = ''] = process.argv.slice(2)
const rehearsal = REHEARSALS[name]
if (rehearsal === undefined) throw new Error(`npm run rehearse -- ${Object.keys(REHEARSALS).join(' | ')}`)
await rehearsal(line => console.log(line))
console.log('The rehearsal went through.')
