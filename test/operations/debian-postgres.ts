// A cluster of Debian's PostgreSQL in a folder of ours, for rehearsals of what operators do with it.
import { execFileSync, spawnSync } from 'node:child_process'
import { appendFileSync, chmodSync, chownSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import pg from 'pg'

const BIN = '/usr/lib/postgresql/15/bin'

/** What a rehearsal needs of Debian; one sentence where it is not there. */
export function needPrograms(...programs: readonly string[]): void {
  const missing = [`${BIN}/postgres`, ...programs].filter(file => !existsSync(file))
  if (missing.length > 0)
    throw new Error(
      `This rehearsal needs ${missing.join(', ')}: apt-get install postgresql-15 pgbackrest rsync patroni python3-etcd etcd-server haproxy iproute2`,
    )
}

const idOf = (flag: string): number =>
  process.getuid?.() === 0
    ? Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))
    : ((flag === '-u' ? process.getuid?.() : process.getgid?.()) ?? 0)

/** Whom programs run as that must not be root. */
export const userOfPostgres = (): { uid: number; gid: number } => ({ uid: idOf('-u'), gid: idOf('-g') })

/** Runs a program as the user that PostgreSQL runs as; gives what it said. Throws with its words when it fails. */
export function asPostgres(program: string, args: readonly string[]): string {
  const run = spawnSync(program, args, {
    ...userOfPostgres(),
    cwd: '/',
    encoding: 'utf8',
    env: { PATH: '/usr/bin:/bin', TZ: 'UTC', LC_ALL: 'C.UTF-8' },
    // pg_ctl leaves the server behind, which must not hold our pipe.
    stdio: ['ignore', args.includes('start') ? 'ignore' : 'pipe', 'pipe'],
  })
  if (run.status !== 0) throw new Error(`${program} ${args.join(' ')}: ${run.stderr}${run.stdout ?? ''}`)
  return run.stdout ?? ''
}

/** A folder that PostgreSQL's user owns. */
export function ownFolder(path: string): string {
  mkdirSync(path, { recursive: true, mode: 0o700 })
  chownSync(path, idOf('-u'), idOf('-g'))
  chmodSync(path, 0o700)
  return path
}

export function ownFile(path: string, text: string): string {
  writeFileSync(path, text, { mode: 0o600 })
  chownSync(path, idOf('-u'), idOf('-g'))
  return path
}

export const freePort = (): Promise<number> =>
  new Promise(resolve => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })

export interface Cluster {
  readonly data: string
  readonly port: number
  url(database: string): string
  start(): void
  /** `immediate` is a power cut. */
  stop(how: 'fast' | 'immediate'): void
}

/** A cluster that listens on this machine only, with `settings`; made where the folder is empty, otherwise as it is. */
export function cluster(
  data: string,
  sockets: string,
  port: number,
  settings: Readonly<Record<string, string>>,
): Cluster {
  if (!existsSync(join(data, 'PG_VERSION'))) {
    const locale = ['--encoding=UTF8', '--locale=C.UTF-8']
    asPostgres(`${BIN}/initdb`, ['-D', data, '-U', 'postgres', '--auth=trust', ...locale, '-k'])
    appendFileSync(join(data, 'postgresql.conf'), "include_if_exists = 'motcua.conf'\n")
  }
  const all = { listen_addresses: '127.0.0.1', port: String(port), unix_socket_directories: sockets, ...settings }
  // A file of its own: a restore leaves its recovery settings in postgresql.auto.conf.
  ownFile(
    join(data, 'motcua.conf'),
    `${Object.entries(all)
      .map(([name, value]) => `${name} = '${value.replace(/'/g, "''")}'`)
      .join('\n')}\n`,
  )
  return {
    data,
    port,
    url: database => `postgres://postgres@127.0.0.1:${port}/${database}`,
    start: () =>
      void asPostgres(`${BIN}/pg_ctl`, ['-D', data, '-w', '-t', '300', '-l', join(sockets, 'server.log'), 'start']),
    stop: how => void asPostgres(`${BIN}/pg_ctl`, ['-D', data, '-m', how, '-w', 'stop']),
  }
}

/** Waits until a restored cluster takes writes again. */
export async function untilWritable(url: string): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    const client = new pg.Client({ connectionString: url })
    client.on('error', () => undefined)
    try {
      await client.connect()
      const { rows } = await client.query<{ standby: boolean }>('select pg_is_in_recovery() as standby')
      if (rows[0]?.standby === false) return
    } catch {
      // Not yet.
    } finally {
      await client.end().catch(() => undefined)
    }
    await new Promise(resolve => setTimeout(resolve, 200))
  }
  throw new Error('the restored cluster does not become writable')
}
