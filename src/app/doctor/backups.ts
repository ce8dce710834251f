// Whether there are backups, as docs/operations/backup/motcua-backup reports them: how old the last of the database and of the files is.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { type Findings, fault, ok, type Patient, warning } from './finding.ts'

/** The database is backed up every night; two hours later than that is too late. */
const DATABASE_MS = 26 * 3_600_000
/** Files are copied every five minutes, and after a backup that takes its time. */
const FILES_MS = 6 * 3_600_000

/** What is read of `pgbackrest --output=json info`: one stanza with its backups, oldest first; instants in seconds since 1970. */
const STANZA = z.object({
  status: z.object({ code: z.number(), message: z.string() }),
  backup: z.array(
    z.object({ label: z.string(), type: z.string(), error: z.boolean(), timestamp: z.object({ stop: z.number() }) }),
  ),
})
const INFO = z.tuple([STANZA], STANZA)

const HOW = 'docs/operations/sao-luu.md says how'

/** Asked also where the database cannot be looked at: then it matters most. */
export async function* backups({ config, at }: Pick<Patient, 'config' | 'at'>): Findings {
  const folder = config.backupReportDir
  if (folder === null) {
    // Whoever looks at the demo has nothing to lose.
    if (!config.demo) yield warning(`BACKUP_REPORT_DIR is not set: nobody sees whether there are backups. ${HOW}.`)
    return
  }
  yield* database(join(folder, 'database.json'), at)
  yield* files(join(folder, 'files'), at)
}

/** Gives what a report says, or the finding that it says nothing. */
function reported<T>(file: string, read: (text: string) => T): T | string {
  try {
    return read(readFileSync(file, 'utf8'))
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return `${file} is not there`
    return error instanceof z.ZodError || error instanceof SyntaxError ? `${file} is none` : (error as Error).message
  }
}

async function* database(file: string, at: Date): Findings {
  const info = reported(file, text => INFO.parse(JSON.parse(text)))
  if (typeof info === 'string') {
    yield fault(`No backup of the database is reported (${info}): run motcua-backup full. ${HOW}.`)
    return
  }
  const [{ status, backup }] = info
  const last = backup.filter(({ error }) => !error).at(-1)
  if (status.code !== 0 || last === undefined) {
    yield fault(`pgBackRest has no good backup of the database (${status.message}): see pgbackrest check. ${HOW}.`)
    return
  }
  const age = at.getTime() - last.timestamp.stop * 1000
  yield age > DATABASE_MS
    ? fault(
        `The last backup of the database (${last.label}) is ${hours(age)} old: see the mail of cron, and run motcua-backup incr.`,
      )
    : ok(`The last backup of the database (${last.type}, ${last.label}) is ${hours(age)} old.`)
}

async function* files(file: string, at: Date): Findings {
  const copied = reported(file, text => z.iso.datetime().transform(Date.parse).parse(text.trim()))
  if (typeof copied === 'string') {
    yield fault(`No copy of the files is reported (${copied}): run motcua-backup files. ${HOW}.`)
    return
  }
  const age = at.getTime() - copied
  yield age > FILES_MS
    ? fault(`The last copy of the files is ${hours(age)} old: see the mail of cron, and run motcua-backup files.`)
    : ok(`The last copy of the files is ${hours(age)} old.`)
}

/** A length of time in the unit in which it is read. */
const hours = (ms: number): string =>
  ms < 2 * 3_600_000 ? `${Math.max(0, Math.round(ms / 60_000))} minutes` : `${Math.round(ms / 3_600_000)} hours`
