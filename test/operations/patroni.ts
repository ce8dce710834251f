// Three PostgreSQL nodes under Patroni, three of etcd, HAProxy before them: docs/operations/san-sang-cao.md on loopback.
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import { parse, stringify } from 'yaml'
import { productRoot } from '../../src/platform/root.ts'
import { familyOf, signalAll } from '../support/pids.ts'
import { freePort, needPrograms, ownFile, ownFolder, userOfPostgres } from './debian-postgres.ts'

const NAMES = ['n1', 'n2', 'n3'] as const
export type NodeName = (typeof NAMES)[number]

interface Node {
  readonly name: NodeName
  readonly port: number
  readonly api: number
  /** Of its etcd: for who asks, and for the other two. */
  readonly client: number
  readonly peer: number
  etcd: ChildProcess | null
  patroni: ChildProcess | null
}

export interface HighlyAvailable {
  /** Where HAProxy leads to whoever is primary. */
  readonly port: number
  url(database: string): string
  primary(): Promise<NodeName | null>
  /** A machine lost in one blow: its etcd, Patroni and every process of its PostgreSQL. */
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

const addressOf = (node: Node): string => `10.0.0.${11 + NAMES.indexOf(node.name)}`

/** Builds and starts everything below `home`. */
export async function startHighlyAvailable(home: string): Promise<HighlyAvailable> {
  needPrograms('/usr/bin/patroni', '/usr/bin/etcd', '/usr/sbin/haproxy')
  const children: ChildProcess[] = []
  let password = ''
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
  // The files of docs/operations/ha, each address of theirs on a port of this machine.
  const nodes: Node[] = await Promise.all(
    NAMES.map(async name => {
      const [port, api, client, peer] = await Promise.all([freePort(), freePort(), freePort(), freePort()])
      return { name, port, api, client, peer, etcd: null, patroni: null }
    }),
  )
  const nodeOf = (name: NodeName): Node => nodes.find(node => node.name === name) as Node
  const here = (text: string): string =>
    nodes.reduce(
      (said, { port, api, client, peer }, at) =>
        Object.entries({ 5432: port, 8008: api, 2379: client, 2380: peer }).reduce(
          (each, [from, to]) => each.replaceAll(`10.0.0.${11 + at}:${from}`, `127.0.0.1:${to}`),
          said,
        ),
      text,
    )
  /** A file of n1 as it is on another machine: what names n1 or its address alone, not the lists of all three. */
  const shapeOf = (file: string, node: Node): string =>
    readFileSync(join(productRoot, 'docs/operations/ha', file), 'utf8')
      .split('\n')
      .map(line =>
        line.includes('10.0.0.12') ? line : line.replace(/\bn1\b/g, node.name).replaceAll('10.0.0.11', addressOf(node)),
      )
      .join('\n')
  const vote = (node: Node): void => {
    const lines = here(shapeOf('etcd', node)).matchAll(/^(ETCD_\w+)="([^"]*)"$/gm)
    const env = Object.fromEntries([...lines].map(([, name = '', value = '']) => [name, value]))
    node.etcd = start('/usr/bin/etcd', [], { ...env, ETCD_DATA_DIR: ownFolder(join(home, `etcd-${node.name}`)) })
  }
  const configOf = (node: Node): string => {
    const config = parse(here(shapeOf('patroni.yml', node)))
    const data = ownFolder(join(home, `pg-${node.name}`))
    const log = ownFolder(join(home, `log-${node.name}`))
    config.log.dir = log
    config.bootstrap.pg_hba = config.bootstrap.pg_hba.map((line: string) => line.replace('10.0.0.0/24', '127.0.0.1/32'))
    Object.assign(config.postgresql, { data_dir: data, pgpass: join(log, 'pgpass') })
    config.postgresql.parameters.unix_socket_directories = data
    password = config.postgresql.authentication.superuser.password
    return ownFile(join(home, `patroni-${node.name}.yml`), stringify(config))
  }
  for (const node of nodes) vote(node)
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
      here(readFileSync(join(productRoot, 'docs/operations/ha/haproxy.cfg'), 'utf8'))
        .replace('bind 127.0.0.1:5432', `bind 127.0.0.1:${port}`)
        .replace(/^( +server (n\d) .* port) 8008$/gm, (_, before, name) => `${before} ${nodeOf(name).api}`),
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
  const url = (database: string): string => `postgres://postgres:${password}@127.0.0.1:${port}/${database}`
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
      for (const child of [node.etcd, node.patroni]) child?.kill('SIGKILL')
      node.etcd = null
      node.patroni = null
      crash(name)
    },
    bringBack(name) {
      const node = nodeOf(name)
      if (node.etcd === null) vote(node)
      if (node.patroni === null) run(node)
    },
    untilSafe,
    untilWhole,
    following,
    describe,
    stop,
  }
}
