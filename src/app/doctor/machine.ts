// Checks of the machine and its settings: runtime, demo, keys, disk.
import { closeSync, existsSync, fsyncSync, openSync, rmSync, statfsSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { openedBy } from '../../modules/identity/index.ts'
import { checkRing } from '../../platform/crypto/key-check.ts'
import { KeyRingUnfit, loadKeyRing } from '../../platform/crypto/keys.ts'
import { APP_ROLE, connect as connectDb, rolePool } from '../../platform/db/database.ts'
import type { Config } from '../config.ts'
import { DEMO_LOGINS, DEMO_PASSWORD } from '../demo-people.ts'
import { type Finding, type Findings, fault, ok, warning } from './finding.ts'

/** A disk that takes longer for one small write makes every act of everybody slow. */
const SLOW_WRITE_MS = 100

export async function* runtime(config: Config): Findings {
  const major = Number(process.versions.node.split('.')[0])
  yield major < 22
    ? warning(`Node ${process.version} no longer gets security fixes; install Node 24.`)
    : ok(`Node ${process.version}.`)
  if (config.demo)
    yield warning('DEMO is on: papers carry the test mark and demo accounts exist. Set DEMO=off in production.')
  if (config.databaseUrl === null)
    yield warning('The embedded database has no replica. Set DATABASE_URL to a PostgreSQL cluster in production.')
  if (config.vneid?.issuer === 'simulator')
    yield warning('VNEID_ISSUER is the simulator: set the issuer that the ministry gave you.')
  if (!config.demo && config.publicUrl?.startsWith('https:') !== true)
    yield fault(
      'PUBLIC_URL is not https: sessions travel in the clear. Put a proxy with TLS in front and set PUBLIC_URL.',
    )
}

export async function* keys(config: Config): Findings {
  if (!existsSync(config.keyRingFile))
    yield fault(
      `The key ring ${config.keyRingFile} is missing: without it nothing can be decrypted. Restore it from the backup.`,
    )
  else if ((statSync(config.keyRingFile).mode & 0o077) !== 0)
    yield fault(`The key ring ${config.keyRingFile} can be read by others: chmod 600.`)
}

export async function* disk(config: Config): Findings {
  if (!existsSync(config.dataDir)) return
  const { bavail, blocks } = statfsSync(config.dataDir)
  const share = bavail / blocks
  if (share < 0.1) {
    const text = `${(share * 100).toFixed(0)} % of the disk of ${config.dataDir} is free: make room, or give DATA_DIR a larger disk.`
    yield share < 0.02 ? fault(text) : warning(text)
  }
  const probe = join(config.dataDir, `doctor.${process.pid}`)
  const times: number[] = []
  try {
    for (let i = 0; i < 5; i++) {
      const began = performance.now()
      const file = openSync(probe, 'w', 0o600)
      writeSync(file, Buffer.alloc(8192))
      fsyncSync(file)
      closeSync(file)
      times.push(performance.now() - began)
    }
  } catch (error) {
    yield fault(
      `The disk of ${config.dataDir} cannot be written: ${(error as Error).message}. Make room, or mend its rights.`,
    )
    return
  } finally {
    rmSync(probe, { force: true })
  }
  yield speedOf(config.dataDir, times.sort((a, b) => a - b)[2] ?? 0)
}

/** What is said of a disk whose small writes take so many milliseconds. */
export const speedOf = (folder: string, median: number): Finding =>
  median > SLOW_WRITE_MS
    ? warning(
        `The disk of ${folder} takes ${median.toFixed(0)} ms for a small write: everybody waits for it. Look what else writes there, or give it a faster one.`,
      )
    : ok(`The disk of ${folder} takes ${median.toFixed(0)} ms for a small write.`)

/** A ring that is there and belongs to another database. */
export async function* ringOfDatabase(config: Config, url: string): Findings {
  if (!existsSync(config.keyRingFile)) return
  const pool = rolePool(url, APP_ROLE, 1)
  try {
    await checkRing(connectDb(pool), loadKeyRing(config.keyRingFile, false), config.keyRingFile)
  } catch (error) {
    if (!(error instanceof KeyRingUnfit)) throw error
    yield fault(error.message)
  } finally {
    await pool.end()
  }
}

/** Accounts of a demo where none may be: their password is public. */
export async function* demoAccounts(config: Config, url: string): Findings {
  if (config.demo || !existsSync(config.keyRingFile)) return
  const pool = rolePool(url, APP_ROLE, 1)
  try {
    const platform = { db: connectDb(pool), keys: loadKeyRing(config.keyRingFile, false) }
    const open = await openedBy(platform, DEMO_LOGINS, DEMO_PASSWORD)
    if (open.length > 0)
      yield fault(
        `${open.length} accounts open with the public password of the demo: begin with an empty database, or close them all with motcua account disable-demo.`,
      )
  } finally {
    await pool.end()
  }
}
