// A PostgreSQL for tests: the server of TEST_DATABASE_URL, or an embedded one without durability; one migrated template, cloned per file.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type pg from 'pg'
import { migrationSets } from '../../src/app/build-app.ts'
import { openClient } from '../../src/platform/db/database.ts'
import { startEmbeddedPostgres } from '../../src/platform/db/embedded-postgres.ts'
import { migrate } from '../../src/platform/db/migrate.ts'

export interface TestServer {
  /** URL of a database of this server. */
  url(database: string): string
  stop(): Promise<void>
}

/** The server given by DATABASE_URL, or an embedded one in a folder of its own that goes when it stops. */
export async function startTestServer(): Promise<TestServer> {
  const given = process.env.DATABASE_URL
  if (given !== undefined && given !== '') {
    return {
      url: database => {
        const url = new URL(given)
        url.pathname = `/${database}`
        return url.href
      },
      stop: async () => undefined,
    }
  }
  const dataDir = mkdtempSync(join(tmpdir(), 'motcua-test-'))
  // PostgreSQL runs as another user when the tests run as root.
  chmodSync(dataDir, 0o711)
  const server = await startEmbeddedPostgres({
    dataDir,
    settings: { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off', max_connections: '300' },
  })
  return {
    url: server.url,
    async stop() {
      await server.stop()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

export async function asAdmin<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = await openClient(url)
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** A migrated database that exists while `work` runs. */
export async function withScratchDatabase(work: (url: string) => Promise<void>): Promise<void> {
  const server = await startTestServer()
  const name = `motcua_scratch_${process.pid}`
  try {
    await asAdmin(server.url('postgres'), client => client.query(`create database ${name}`))
    await migrate(server.url(name), migrationSets(), new Date())
    await work(server.url(name))
  } finally {
    await asAdmin(server.url('postgres'), client => client.query(`drop database if exists ${name} with (force)`))
    await server.stop()
  }
}

/** An empty database beside those of the tests that exists while `work` runs. */
export async function withEmpty<T>(work: (url: string) => Promise<T>): Promise<T> {
  const admin = process.env.MOTCUA_TEST_SERVER ?? ''
  const name = `motcua_empty_${process.pid}_${Math.floor(performance.now())}`
  await asAdmin(admin, client => client.query(`create database ${name}`))
  const url = new URL(admin)
  url.pathname = `/${name}`
  try {
    return await work(url.href)
  } finally {
    await asAdmin(admin, client => client.query(`drop database if exists ${name} with (force)`))
  }
}

/** Where the key ring of a release's dump lies (test/upgrade), from 0.3 on. */
export const ringOf = (dump: string): string => dump.replace(/\.sql\.gz$/, '.ring.json')
