// Three PostgreSQL nodes under Patroni, three of etcd, HAProxy before them: docs/operations/san-sang-cao.md on one machine.
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import { parse, stringify } from 'yaml'
import { productRoot } from '../../src/platform/root.ts'
import { familyOf, signalAll } from '../support/pids.ts'
import { freePort, needPrograms, ownFile, ownFolder, userOfPostgres } from './debian-postgres.ts'
import { type Machines, machines } from './machines.ts'

const NAMES = ['n1', 'n2', 'n3'] as const
export type NodeName = (typeof NAMES)[number]

interface Node {
  readonly name: NodeName
  readonly address: string
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
  /** A machine stands still, connections open, and knows nothing of it once it goes on. */
  freeze(name: NodeName): void
  thaw(name: NodeName): void
  /** The cable of a machine is pulled: neither the others nor clients reach it. */
  unplug(name: NodeName): void
  /** A machine and the other two lose each other; clients still reach it. */
  part(name: NodeName): void
  /** The network of a machine is whole again. */
  mend(name: NodeName): void
  /** The proxy that leads to the primary is killed; whatever runs a service starts it again. */
  killProxy(): void
  startProxy(): void
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

/** The last part of each address, as the documents give it. */
const HOSTS: Readonly<Record<NodeName, number>> = { n1: 11, n2: 12, n3: 13 }
const API_PORT = 8008

/** Builds and starts everything below `home`. */
export async function startHighlyAvailable(home: string): Promise<HighlyAvailable> {
  needPrograms(
    '/usr/bin/patroni',
    '/usr/bin/etcd',
    '/usr/sbin/haproxy',
    '/usr/lib/python3/dist-packages/etcd/__init__.py',
  )
  const network = machines(HOSTS)
  try {
    return await build(home, network)
  } catch (error) {
    network.close()
    throw error
  }
}

async function build(home: string, network: Machines): Promise<HighlyAvailable> {
  const children: ChildProcess[] = []
  let password = ''
  const env = { PATH: '/usr/bin:/bin:/usr/sbin', LC_ALL: 'C.UTF-8', TZ: 'UTC' }
  const startOn = (name: NodeName, program: string, args: readonly string[], more: NodeJS.ProcessEnv = {}) => {
    const log = join(home, `said-${name}.log`)
    const child = network.start(name, program, args, { env: { ...env, ...more }, log })
    children.push(child)
    return child
  }
  const nodes: Node[] = NAMES.map(name => ({
    name,
    address: `${network.prefix}${HOSTS[name]}`,
    etcd: null,
    patroni: null,
  }))
  const nodeOf = (name: NodeName): Node => nodes.find(node => node.name === name) as Node
  /** A file of docs/operations/ha on this network. */
  const here = (text: string): string => text.replaceAll('10.0.0.', network.prefix)
  /** A file of n1 as it is on another machine: what names n1 or its address alone, not the lists of all three. */
  const shapeOf = (file: string, node: Node): string =>
    readFileSync(join(productRoot, 'docs/operations/ha', file), 'utf8')
      .split('\n')
      .map(line =>
        line.includes('10.0.0.12')
          ? line
          : line.replace(/\bn1\b/g, node.name).replaceAll('10.0.0.11', `10.0.0.${HOSTS[node.name]}`),
      )
      .join('\n')
  const vote = (node: Node): void => {
    const lines = here(shapeOf('etcd', node)).matchAll(/^(ETCD_\w+)="([^"]*)"$/gm)
    const set = Object.fromEntries([...lines].map(([, name = '', value = '']) => [name, value]))
    node.etcd = startOn(node.name, '/usr/bin/etcd', [], {
      ...set,
      ETCD_DATA_DIR: ownFolder(join(home, `etcd-${node.name}`)),
    })
  }
  const configOf = (node: Node): string => {
    const config = parse(here(shapeOf('patroni.yml', node)))
    const data = ownFolder(join(home, `pg-${node.name}`))
    const log = ownFolder(join(home, `log-${node.name}`))
    config.log.dir = log
    Object.assign(config.postgresql, { data_dir: data, pgpass: join(log, 'pgpass') })
    // Not in the folder of the data, which is copied to the others with all that lies in it.
    config.postgresql.parameters.unix_socket_directories = log
    password = config.postgresql.authentication.superuser.password
    return ownFile(join(home, `patroni-${node.name}.yml`), stringify(config))
  }
  for (const node of nodes) vote(node)
  const run = (node: Node): void => {
    node.patroni = startOn(node.name, '/usr/bin/patroni', [join(home, `patroni-${node.name}.yml`)])
  }
  await wait(1500)
  for (const node of nodes) {
    configOf(node)
    run(node)
  }
  const port = await freePort()
  const proxyConfig = ownFile(
    join(home, 'haproxy.cfg'),
    here(readFileSync(join(productRoot, 'docs/operations/ha/haproxy.cfg'), 'utf8')).replace(
      'bind 127.0.0.1:5432',
      `bind 127.0.0.1:${port}`,
    ),
  )
  let proxy: ChildProcess | null = null
  const startProxy = (): void => {
    proxy ??= spawn('/usr/sbin/haproxy', ['-db', '-f', proxyConfig], {
      ...userOfPostgres(),
      cwd: '/',
      env,
      stdio: 'ignore',
    })
  }
  const killProxy = (): void => {
    proxy?.kill('SIGKILL')
    proxy = null
  }
  startProxy()

  const status = async (node: Node, path: string): Promise<number> => {
    try {
      return (await fetch(`http://${node.address}:${API_PORT}${path}`, { signal: AbortSignal.timeout(1000) })).status
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
  const databaseOf = (name: NodeName): number[] => {
    const postmaster = postmasterOf(name)
    return postmaster > 1 ? familyOf(postmaster) : []
  }
  const crash = (name: NodeName): void => signalAll(databaseOf(name), 'SIGKILL')
  /** Everything that runs on a machine. */
  const allOf = (name: NodeName): number[] => {
    const { etcd, patroni } = nodeOf(name)
    return [etcd?.pid, patroni?.pid, ...databaseOf(name)].filter(pid => pid !== undefined)
  }
  const describe = async (): Promise<string> => {
    const said = await Promise.all(
      nodes.map(async ({ name, address }) => {
        const answer = await fetch(`http://${address}:${API_PORT}/patroni`, { signal: AbortSignal.timeout(2000) })
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
    killProxy()
    for (const node of nodes) node.patroni?.kill('SIGTERM')
    await wait(3000)
    for (const child of children) child.kill('SIGKILL')
    for (const name of NAMES) crash(name)
    network.close()
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
    freeze: name => signalAll(allOf(name), 'SIGSTOP'),
    thaw: name => signalAll(allOf(name), 'SIGCONT'),
    unplug: network.unplug,
    part: network.part,
    mend: network.mend,
    killProxy,
    startProxy,
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
