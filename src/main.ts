// Reads the command line and runs it; nothing else.
import { holdYoungHeap } from './app/young-heap.ts'

holdYoungHeap()
// Not before: what is imported above is read first.
const { runCli } = await import('./app/cli.ts')
process.exitCode = await runCli(process.argv.slice(2))
