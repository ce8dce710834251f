// The database on another machine: encrypted, with a certificate of the own authority for its own name, or not at all.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, chownSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { OWNER_ROLE, rolePool } from '../src/platform/db/database.ts'
import { type PgServer, startEmbeddedPostgres } from '../src/platform/db/embedded-postgres.ts'
import { motcua } from './support/motcua.ts'
import { asAdmin } from './support/scratch.ts'

describe('a database over TLS', () => {
  let folder: string
  let server: PgServer
  const at = (name: string) => join(folder, name)
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: ['ignore', 'pipe', 'pipe'] })
  /** Makes an authority `name` of its own. */
  const authority = (name: string) =>
    openssl(
      ...'req -x509 -newkey rsa:3072 -nodes -days 2'.split(' '),
      ...['-subj', `/CN=${name}`, '-keyout', at(`${name}.key`), '-out', at(`${name}.pem`)],
    )
  const url = (query: string, host = 'localhost') => {
    const given = new URL(server.url('motcua'))
    given.hostname = host
    given.search = query
    return given.href
  }

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'motcua-tls-'))
    chmodSync(folder, 0o711)
    authority('own')
    authority('foreign')
    openssl(
      ...'req -newkey rsa:3072 -nodes -subj /CN=localhost -addext subjectAltName=DNS:localhost'.split(' '),
      ...['-keyout', at('server.key'), '-out', at('server.csr')],
    )
    openssl(
      ...'x509 -req -days 2 -copy_extensions copy'.split(' '),
      ...['-in', at('server.csr'), '-CA', at('own.pem'), '-CAkey', at('own.key'), '-out', at('server.pem')],
    )
    // Begun once without, so that the folder has the owner that PostgreSQL runs as.
    await (await startEmbeddedPostgres({ dataDir: folder })).stop()
    const { uid, gid } = statSync(at('pg'))
    for (const name of ['server.key', 'server.pem']) {
      chownSync(at(name), uid, gid)
      chmodSync(at(name), 0o600)
    }
    server = await startEmbeddedPostgres({
      dataDir: folder,
      settings: { fsync: 'off', ssl: 'on', ssl_cert_file: at('server.pem'), ssl_key_file: at('server.key') },
    })
    await asAdmin(server.url('postgres'), client => client.query('create database motcua'))
  })
  after(async () => {
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  it('serves every connection of the program encrypted, by TLS 1.3', async () => {
    const given = url(`sslmode=verify-full&sslrootcert=${at('own.pem')}`)
    const done = await motcua(['migrate'], { DATABASE_URL: given, DATA_DIR: at('data') })
    assert.equal(done.code, 0, done.out)
    for (const role of ['motcua_app', OWNER_ROLE]) {
      const pool = rolePool(given, role, 1)
      try {
        const { rows } = await pool.query<{ pid: number }>('select pg_backend_pid() as pid')
        const seen = await asAdmin(server.url('postgres'), client =>
          client.query('select ssl, version from pg_stat_ssl where pid = $1', [rows[0]?.pid]),
        )
        assert.deepEqual(seen.rows, [{ ssl: true, version: 'TLSv1.3' }], role)
      } finally {
        await pool.end()
      }
    }
  })

  it('with a certificate of a foreign authority, or for another name, is refused in a sentence', async () => {
    for (const [given, why] of [
      [url(`sslmode=verify-full&sslrootcert=${at('foreign.pem')}`), /certificate/],
      [url(`sslmode=verify-full&sslrootcert=${at('own.pem')}`, '127.0.0.1'), /127\.0\.0\.1/],
    ] as const) {
      const refused = await motcua(['migrate'], { DATABASE_URL: given, DATA_DIR: at('data') })
      assert.equal(refused.code, 1, refused.out)
      assert.match(refused.out, why)
      assert.doesNotMatch(refused.out, /^ +at /m, 'a sentence, not a stack')
    }
  })
})
