// Three PostgreSQL nodes under Patroni, three of etcd, HAProxy before them: docs/operations/san-sang-cao.md on loopback.
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import { familyOf, signalAll } from '../support/pids.ts'
import { freePort, needPrograms, ownFile, ownFolder, userOfPostgres } from './debian-postgres.ts'

const BIN = '/usr/lib/postgresql/15/bin'
const NAMES = ['n1', 'n2', 'n3'] as const
export type NodeName = (typeof NAMES)[number]

interface Node {
  readonly name: NodeName
  readonly port: number
  readonly api: number
  patroni: ChildProcess | null
}

export interface HighlyAvailable {
  /** Where HAProxy leads to whoever is primary. */
  readonly port: number
  url(database: string): string
  primary(): Promise<NodeName | null>
  /** A machine lost in one blow: Patroni and every process of its PostgreSQL. */
  lose(name: NodeName): void
  /** PostgreSQL alone dies; its Patroni is there to see it. */
  crash(name: NodeName): void
  /** A machine that was lost comes back and joins, behind if it must. */
  bringBack(name: NodeName): void
  /** Until there is a primary with a synchronous standby: what is acknowledged now lies on two machines. */
  untilSafe(): Promise<void>
  /** Until both others follow the primary: the next fault is the first one again. */
  untilWhole(): Promise<void>
  /** Nodes that follow the primary now. */
  following(): Promise<readonly NodeName[]>
  /** What each node says of itself, and the last lines of its log. */
  describe(): Promise<string>
  stop(): Promise<void>
}

/** Builds and starts everything below `home`. */
export async function startHighlyAvailable(home: string): Promise<HighlyAvailable> {
  needPrograms('/usr/bin/patroni', '/usr/bin/etcd', '/usr/sbin/haproxy')
  const children: ChildProcess[] = []
  const start = (program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess => {
    const child = spawn(program, args, {
      ...userOfPostgres(),
      cwd: '/',
      env: { PATH: '/usr/bin:/bin:/usr/sbin', LC_ALL: 'C.UTF-8', TZ: 'UTC', ...env },
      stdio: 'ignore',
    })
    children.push(child)
    return child
  }
  const etcd = await Promise.all(NAMES.map(async name => ({ name, client: await freePort(), peer: await freePort() })))
  const all = etcd.map(each => `${each.name}=http://127.0.0.1:${each.peer}`).join(',')
  for (const { name, client, peer } of etcd)
    start('/usr/bin/etcd', [
      `--name=${name}`,
      `--data-dir=${ownFolder(join(home, `etcd-${name}`))}`,
      `--listen-client-urls=http://127.0.0.1:${client}`,
      `--advertise-client-urls=http://127.0.0.1:${client}`,
      `--listen-peer-urls=http://127.0.0.1:${peer}`,
      `--initial-advertise-peer-urls=http://127.0.0.1:${peer}`,
      `--initial-cluster=${all}`,
      '--initial-cluster-state=new',
      '--log-level=error',
    ])
  const hosts = etcd.map(each => `127.0.0.1:${each.client}`).join(',')
  const nodes: Node[] = await Promise.all(
    NAMES.map(async name => ({ name, port: await freePort(), api: await freePort(), patroni: null })),
  )
  const configOf = (node: Node): string => {
    const data = ownFolder(join(home, `pg-${node.name}`))
    return ownFile(
      join(home, `patroni-${node.name}.yml`),
      `scope: motcua
name: ${node.name}
restapi: { listen: '127.0.0.1:${node.api}', connect_address: '127.0.0.1:${node.api}' }
etcd3: { hosts: '${hosts}' }
log: { level: WARNING, dir: ${ownFolder(join(home, `log-${node.name}`))} }
bootstrap:
  dcs:
    ttl: 20
    loop_wait: 2
    retry_timeout: 5
    primary_start_timeout: 0
    master_start_timeout: 0
    maximum_lag_on_failover: 0
    synchronous_mode: true
    synchronous_mode_strict: true
    postgresql:
      use_pg_rewind: true
      use_slots: true
      parameters: { max_connections: 120, wal_keep_size: 256MB, wal_log_hints: 'on', hot_standby: 'on' }
  initdb: [ { encoding: UTF8 }, { locale: C.UTF-8 }, data-checksums ]
  pg_hba: [ 'host all all 127.0.0.1/32 trust', 'host replication all 127.0.0.1/32 trust', 'local all all trust' ]
postgresql:
  listen: '127.0.0.1:${node.port}'
  connect_address: '127.0.0.1:${node.port}'
  data_dir: ${data}
  bin_dir: ${BIN}
  remove_data_directory_on_rewind_failure: true
  remove_data_directory_on_diverged_timelines: true
  pgpass: ${join(home, `log-${node.name}`, 'pgpass')}
  authentication: { superuser: { username: postgres }, replication: { username: replicator }, rewind: { username: postgres } }
  parameters: { unix_socket_directories: '${data}' }
`,
    )
  }
  const run = (node: Node): void => {
    node.patroni = start('/usr/bin/patroni', [join(home, `patroni-${node.name}.yml`)])
  }
  await wait(1500)
  for (const node of nodes) {
    configOf(node)
    run(node)
  }
  const port = await freePort()
  start('/usr/sbin/haproxy', [
    '-db',
    '-f',
    ownFile(
      join(home, 'haproxy.cfg'),
      `global
  maxconn 500
defaults
  mode tcp
  timeout connect 2s
  timeout client 30m
  timeout server 30m
listen primary
  bind 127.0.0.1:${port}
  option httpchk GET /primary
  http-check expect status 200
  default-server inter 500ms fall 2 rise 1 on-marked-down shutdown-sessions
${nodes.map(node => `  server ${node.name} 127.0.0.1:${node.port} check port ${node.api}`).join('\n')}
`,
    ),
  ])

  const status = async (node: Node, path: string): Promise<number> => {
    try {
      return (await fetch(`http://127.0.0.1:${node.api}${path}`, { signal: AbortSignal.timeout(1000) })).status
    } catch {
      return 0
    }
  }
  const primary = async (): Promise<NodeName | null> => {
    for (const node of nodes) if ((await status(node, '/primary')) === 200) return node.name
    return null
  }
  const nodeOf = (name: NodeName): Node => nodes.find(node => node.name === name) as Node
  const postmasterOf = (name: NodeName): number => {
    try {
      return Number(readFileSync(join(home, `pg-${name}`, 'postmaster.pid'), 'utf8').split('\n')[0])
    } catch {
      return 0
    }
  }
  const crash = (name: NodeName): void => {
    const postmaster = postmasterOf(name)
    if (postmaster > 1) signalAll(familyOf(postmaster), 'SIGKILL')
  }
  const describe = async (): Promise<string> => {
    const said = await Promise.all(
      nodes.map(async ({ name, api }) => {
        const answer = await fetch(`http://127.0.0.1:${api}/patroni`, { signal: AbortSignal.timeout(2000) })
          .then(response => response.text())
          .catch(error => String(error))
        const log = readFileSync(join(home, `log-${name}`, 'patroni.log'), 'utf8')
          .split('\n')
          .slice(-6)
          .join('\n')
        return `${name}: ${answer}\n${log}`
      }),
    )
    return said.join('\n')
  }
  const untilSafe = async (): Promise<void> => {
    for (let tries = 0; tries < 600; tries++) {
      const states = await Promise.all(nodes.map(node => status(node, '/sync')))
      if ((await primary()) !== null && states.includes(200)) return
      await wait(200)
    }
    throw new Error(`no primary with a synchronous standby after two minutes: ${await describe()}`)
  }
  const url = (database: string): string => `postgres://postgres@127.0.0.1:${port}/${database}`
  const following = async (): Promise<readonly NodeName[]> => {
    // Asked of the primary itself: what Patroni tells of its members is some seconds old.
    const client = new pg.Client({
      connectionString: url('postgres'),
      connectionTimeoutMillis: 1000,
      query_timeout: 2000,
    })
    client.on('error', () => undefined)
    try {
      await client.connect()
      const { rows } = await client.query<{ name: NodeName }>(
        "select application_name as name from pg_stat_replication where state = 'streaming' order by name",
      )
      return rows.map(({ name }) => name).filter(name => NAMES.includes(name))
    } catch {
      return []
    } finally {
      await client.end().catch(() => undefined)
    }
  }
  const untilWhole = async (): Promise<void> => {
    for (let tries = 0; tries < 600; tries++) {
      if ((await following()).length === nodes.length - 1) return untilSafe()
      await wait(200)
    }
    throw new Error(`not every node followed the primary after two minutes: ${await describe()}`)
  }
  const stop = async (): Promise<void> => {
    for (const node of nodes) node.patroni?.kill('SIGTERM')
    await wait(3000)
    for (const child of children) child.kill('SIGKILL')
    for (const name of NAMES) crash(name)
  }
  await untilSafe().catch(async error => {
    await stop()
    throw error
  })
  return {
    port,
    url,
    primary,
    crash,
    lose(name) {
      const node = nodeOf(name)
      node.patroni?.kill('SIGKILL')
      node.patroni = null
      crash(name)
    },
    bringBack(name) {
      const node = nodeOf(name)
      if (node.patroni === null) run(node)
    },
    untilSafe,
    untilWhole,
    following,
    describe,
    stop,
  }
}
