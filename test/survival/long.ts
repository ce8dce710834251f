// `npm run survive`: the minute of the tests made long, with its tally at the end; exit code 1 when anything was lost.
import { tell } from './ledger.ts'
import { survive } from './survive.ts'

const minutes = Number(process.argv[2] ?? 60)
const people = Number(process.argv[3] ?? 12)
if (!(minutes > 0 && people > 0)) throw new Error('npm run survive [-- minutes [people]]')
const began = performance.now()
const outcome = await survive({
  seconds: minutes * 60,
  people,
  // A dossier takes 0.4 MB, most of it the three revisions of its letter; this machine ended 3.4 a second.
  megabytes: 700 + Math.ceil(minutes * 60 * 3),
  quietSeconds: 300,
  say: line => console.log(`${((performance.now() - began) / 1000).toFixed(0).padStart(5)} s  ${line}`),
})
const { ledger } = outcome
const times = [...ledger.times, ...ledger.looks].sort((a, b) => a - b)
const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))]?.toFixed(0) ?? '–'
console.log(`
${minutes} minutes, ${people} people at once
${tell(ledger)}
answers: p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, p99 ${at(0.99)} ms, longest ${at(1)} ms
troubles: ${[...outcome.troubles].map(([name, count]) => `${name} ${count}`).join(', ')}
not possible here: ${outcome.impossible.join(', ') || 'none'}
verify: ${outcome.verify.said.trim().replace(/\n/g, ' ')}
faults: ${outcome.faults.length}, complaints: ${ledger.complaints.length}`)
for (const line of [...outcome.faults, ...ledger.complaints].slice(0, 50)) console.log(`  ${line}`)
process.exit(outcome.faults.length + ledger.complaints.length + outcome.verify.code === 0 ? 0 : 1)
