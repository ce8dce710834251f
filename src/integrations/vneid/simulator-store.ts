// What the simulator remembers between requests: small files in one folder, so that several web processes are one VNeID.
import { createHash, generateKeyPair, randomBytes } from 'node:crypto'
import { linkSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Adapter, AdapterPayload } from 'oidc-provider'

interface Entry {
  readonly payload: AdapterPayload
  /** Milliseconds since 1970; null lasts as long as the folder. */
  readonly expires: number | null
}

export interface SimulatorSecrets {
  readonly jwk: Record<string, unknown>
  readonly cookieKey: string
}

/** At most so many files; when there are more, those that expire first go. */
const MAX_FILES = 4000

function read<T>(file: string): T | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T
  } catch {
    return undefined
  }
}

/** The keys of the simulated provider: made once a folder, whoever comes first. */
export async function simulatorSecrets(folder: string): Promise<SimulatorSecrets> {
  const file = join(folder, 'keys.json')
  const known = read<SimulatorSecrets>(file)
  if (known !== undefined) return known
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 })
  const secrets: SimulatorSecrets = {
    jwk: { ...privateKey.export({ format: 'jwk' }), alg: 'RS256', use: 'sig', kid: randomBytes(8).toString('hex') },
    cookieKey: randomBytes(32).toString('base64url'),
  }
  const own = `${file}.${randomBytes(6).toString('hex')}`
  writeFileSync(own, JSON.stringify(secrets), { mode: 0o600 })
  try {
    // A link appears whole, and only where there is none.
    linkSync(own, file)
  } catch {
    // Another process was first.
  }
  rmSync(own)
  return read<SimulatorSecrets>(file) ?? secrets
}

/** The store that oidc-provider asks for. `time`: milliseconds since 1970. */
export function simulatorStore(folder: string, time: () => number): (model: string) => Adapter {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const fileOf = (model: string, id: string): string =>
    join(folder, `${model}.${createHash('sha256').update(id).digest('base64url')}.json`)
  const put = (file: string, entry: Entry): void => {
    const own = `${file}.${randomBytes(6).toString('hex')}`
    writeFileSync(own, JSON.stringify(entry), { mode: 0o600 })
    renameSync(own, file)
  }
  const get = (file: string): Entry | undefined => {
    const entry = read<Entry>(file)
    if (entry === undefined || entry.expires === null || entry.expires > time()) return entry
    rmSync(file, { force: true })
    return undefined
  }
  const entries = function* (model = ''): Generator<[file: string, entry: Entry]> {
    for (const name of readdirSync(folder)) {
      if (!/^\w+\.[\w-]+\.json$/.test(name) || !name.startsWith(model)) continue
      const entry = get(join(folder, name))
      if (entry !== undefined) yield [join(folder, name), entry]
    }
  }
  const makeRoom = (): void => {
    if (readdirSync(folder).length <= MAX_FILES) return
    const left = [...entries()].sort(([, a], [, b]) => (a.expires ?? 0) - (b.expires ?? 0))
    for (const [file] of left.slice(0, Math.max(0, left.length - MAX_FILES / 2))) rmSync(file, { force: true })
  }
  const findBy = (model: string, test: (payload: AdapterPayload) => boolean): AdapterPayload | undefined => {
    for (const [, { payload }] of entries(`${model}.`)) if (test(payload)) return payload
    return undefined
  }
  return model => ({
    async upsert(id, payload, expiresIn) {
      makeRoom()
      put(fileOf(model, id), { payload, expires: expiresIn ? time() + expiresIn * 1000 : null })
    },
    async find(id) {
      return get(fileOf(model, id))?.payload
    },
    async findByUid(uid) {
      return findBy(model, payload => payload.uid === uid)
    },
    async findByUserCode(code) {
      return findBy(model, payload => payload.userCode === code)
    },
    async destroy(id) {
      rmSync(fileOf(model, id), { force: true })
    },
    async consume(id) {
      const file = fileOf(model, id)
      const entry = get(file)
      if (entry !== undefined)
        put(file, { ...entry, payload: { ...entry.payload, consumed: Math.floor(time() / 1000) } })
    },
    async revokeByGrantId(grantId) {
      for (const [file, { payload }] of entries()) if (payload.grantId === grantId) rmSync(file, { force: true })
    },
  })
}
