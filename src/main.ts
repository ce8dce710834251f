// Reads the command line and runs it; nothing else.
import { runCli } from './app/cli.ts'

process.exitCode = await runCli(process.argv.slice(2))
