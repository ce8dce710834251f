// The installation that benches measure: a durable PostgreSQL of its own with seeded dossiers, in a folder that goes or in one that was given.
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { startEmbeddedPostgres } from '../src/platform/db/embedded-postgres.ts'
import { productRoot } from '../src/platform/root.ts'

export interface House {
  /** Dossiers inside. */
  readonly rows: number
  readonly dataDir: string
  readonly keyRingFile: string
  /** The built program, and the environment in which it finds this house. */
  readonly main: string
  readonly env: NodeJS.ProcessEnv
  readonly url: string
  readonly postgresPid: number
  /** A token of a system that files and looks up. */
  giveToken(): string
  /** Stops PostgreSQL; the folder stays. */
  stop(): Promise<void>
  /** Stops PostgreSQL and removes the folder, unless it was given. */
  close(): Promise<void>
}

/** BENCH_DATA_DIR names a data folder that is seeded already (hours for ten million): it is used and kept. */
export async function openHouse(options: {
  readonly rows: number
  readonly settings?: Readonly<Record<string, string>>
}): Promise<House> {
  const kept = process.env.BENCH_DATA_DIR
  const dataDir = kept ?? mkdtempSync(join(tmpdir(), 'motcua-bench-'))
  const remove = () => {
    if (kept === undefined) rmSync(dataDir, { recursive: true, force: true })
  }
  // PostgreSQL runs as another user when the bench runs as root.
  chmodSync(dataDir, 0o711)
  const main = join(productRoot, 'dist/server/main.js')
  const env = {
    ...process.env,
    DATA_DIR: dataDir,
    LOG_LEVEL: 'error',
    FLOOD_PER_SECOND: '1000000',
    FLOOD_BURST: '1000000',
  }
  try {
    const making = kept === undefined ? ['seed', '--dossiers', String(options.rows)] : ['migrate']
    const made = spawnSync(process.execPath, [main, ...making], { env, stdio: 'inherit' })
    if (made.status !== 0) throw new Error(`${making[0]} failed`)
    const server = await startEmbeddedPostgres({ dataDir, settings: { ...options.settings } })
    const url = server.url('motcua')
    const rows = await analysed(url, kept === undefined)
    let stopping: Promise<void> | undefined
    const stop = () => {
      stopping ??= server.stop()
      return stopping
    }
    return {
      rows,
      dataDir,
      keyRingFile: join(dataDir, 'keys/ring.json'),
      main,
      env,
      url,
      postgresPid: server.pid,
      giveToken() {
        const said = spawnSync(process.execPath, [main, 'token', 'bench', 'dossier.submit', 'dossier.read'], {
          env: { ...env, DATABASE_URL: url },
          encoding: 'utf8',
        })
        const token = said.stdout.trim().split('\n').at(-1)
        if (said.status !== 0 || token === undefined) throw new Error(`no token: ${said.stderr}`)
        return token
      },
      stop,
      async close() {
        await stop()
        remove()
      },
    }
  } catch (error) {
    remove()
    throw error
  }
}

/** Statistics as autovacuum would have made them by now; gives the number of dossiers. */
async function analysed(url: string, fresh: boolean): Promise<number> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rows: never } = await client.query(
      "select from pg_stat_user_tables where schemaname = 'dossier' and relname = 'dossier' and last_vacuum is null and last_autovacuum is null",
    )
    if (fresh || never.length > 0) await client.query('vacuum analyze')
    const { rows } = await client.query<{ n: string }>(
      "select reltuples::bigint as n from pg_class where oid = 'dossier.dossier'::regclass",
    )
    // Thousands more or less, filed by earlier benches, are the same size of house.
    return Number(Number(rows[0]?.n).toPrecision(1))
  } finally {
    await client.end()
  }
}
