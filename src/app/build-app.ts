// The composition root: configuration in, a program out. Everything is wired here by hand; tests pass overrides.

import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import type pg from 'pg'
import { collectDefaultMetrics, Histogram, Registry } from 'prom-client'
import { z } from 'zod'
import { clamd } from '../integrations/clamav/integration.ts'
import { simulatedCarrier } from '../integrations/message-simulator/integration.ts'
import { type NationalPortal, nationalPortal, reportProgress } from '../integrations/national-portal/integration.ts'
import { httpTimestamps, timestampAuthority } from '../integrations/timestamp/integration.ts'
import { type TimestampSimulator, timestampSimulator } from '../integrations/timestamp/simulator.ts'
import type { FaultState } from '../integrations/vneid/fault.ts'
import { vneidProvider } from '../integrations/vneid/integration.ts'
import { Directory, personFromNumber } from '../integrations/vneid/people.ts'
import { vneidSimulator } from '../integrations/vneid/simulator.ts'
import { createCatalogue } from '../modules/catalogue/index.ts'
import { type House, type SeedOptions, seedDossiers } from '../modules/dossier/index.ts'
import { identifier, type PermissionMap } from '../modules/identity/index.ts'
import { readSetting } from '../modules/organisation/index.ts'
import { letterActs, readAuthorities, softwareKeys } from '../modules/signing/index.ts'
import { purgeAttempts } from '../platform/access/attempts.ts'
import { civilDateOf } from '../platform/calendar/civil.ts'
import type { Clock } from '../platform/clock.ts'
import { systemClock } from '../platform/clock.ts'
import { checkRing, isInhabited, rememberRing } from '../platform/crypto/key-check.ts'
import { type KeyRing, loadKeyRing } from '../platform/crypto/keys.ts'
import { APP_ROLE, connect, type Db, OWNER_ROLE, rolePool, type StatementCounter } from '../platform/db/database.ts'
import type { MigrationSet } from '../platform/db/migrate.ts'
import { readVersion } from '../platform/db/versions.ts'
import { createEvents } from '../platform/events/events.ts'
import { keptFiles, sweepOrphans } from '../platform/files/file-rows.ts'
import { localFileStore } from '../platform/files/file-store.ts'
import { scanned } from '../platform/files/scan.ts'
import { loadAssets } from '../platform/http/assets.ts'
import { purgeRequests } from '../platform/http/request-key.ts'
import type { Route } from '../platform/http/route.ts'
import { createServer, SESSION_COOKIE } from '../platform/http/server.ts'
import { type AnyJob, job, runDueJobs, startWorker, type Worker } from '../platform/jobs/jobs.ts'
import { patient } from '../platform/jobs/patient-pool.ts'
import { createLog, type Log } from '../platform/log.ts'
import type { Module, Platform } from '../platform/module.ts'
import { frame } from '../site/frame.tsx'
import { galleryRoutes } from '../site/gallery-page.tsx'
import { siteRoutes } from '../site/home-page.tsx'
import { openApiRoutes } from '../site/openapi.ts'
import { OPERATE, systemRoutes } from '../site/system-page.tsx'
import type { Config } from './config.ts'
import { DEMO_PASSWORD, DEMO_PEOPLE, demoAccounts } from './demo-people.ts'
import { listModules } from './modules.ts'
import { ensurePartitions } from './partitions.ts'
import { type Rotation, rotateKeys } from './rotate-keys.ts'
import { version } from './version.ts'

export interface AppOverrides {
  readonly clock?: Clock
  readonly log?: Log
  readonly keys?: KeyRing
  readonly counter?: StatementCounter
  /** The simulator of the time-stamping authority, where tests tell it to fail. */
  readonly timestamps?: TimestampSimulator
  /** How the eID simulator fails. */
  readonly eidFault?: FaultState
  /** No page waits for this app: a statement that looks at everything takes as long as it takes. */
  readonly unhurried?: boolean
}

export interface App {
  readonly http: FastifyInstance
  readonly platform: Platform
  readonly house: House
  /** The national portal's file drop, where one is configured. */
  readonly national: NationalPortal | null
  readonly modules: readonly Module[]
  readonly routes: readonly Route[]
  readonly permissions: PermissionMap
  readonly db: Db
  /** Runs every due job once: tests and `motcua work --once`. */
  runJobs(): Promise<void>
  startWorker(): Promise<Worker>
  /** Fills the demo with dossiers of the past. */
  seed(options: SeedOptions): Promise<void>
  /** A new generation of keys for everything stored; `next` false goes on with the one that was begun. */
  rotateKeys(options: { readonly next: boolean; readonly say: (line: string) => void }): Promise<Rotation>
  /** Reads anew what stands on every page, after the province was loaded. */
  refresh(): Promise<void>
  /** Tells the app its public address once the port is known. */
  setOrigin(origin: string): void
  close(): Promise<void>
}

/** Connections of one process for pages and commands: more than its cores can keep busy would only wait inside PostgreSQL. */
const CONNECTIONS = Math.min(20, Math.max(8, 6 * availableParallelism()))

const SITE_PERMISSIONS: Readonly<Record<string, readonly string[]>> = { [OPERATE]: ['admin'] }
const VNEID_PREFIX = '/mo-phong/vneid'

/** Migrations of all modules in order; needs no database. */
export function migrationSets(): MigrationSet[] {
  const nothing = null as never
  const modules = listModules({
    house: {} as House,
    carriers: { email: null, sms: null, zalo: null },
    eid: null,
    acts: nothing,
    timestamps: null,
    demo: null,
  })
  return modules.map(module => ({ module: module.name, migrations: module.migrations ?? [] }))
}

/** The ring of this database; made only where nobody was before. Throws KeyRingUnfit. */
async function fittingRing(db: Db, config: Config, given?: KeyRing): Promise<KeyRing> {
  const keys = given ?? loadKeyRing(config.keyRingFile, !(await isInhabited(db)))
  await checkRing(db, keys, config.keyRingFile)
  await rememberRing(db, keys)
  return keys
}

export async function buildApp(config: Config, databaseUrl: string, overrides: AppOverrides = {}): Promise<App> {
  const log = overrides.log ?? createLog(config.logLevel)
  const clock = overrides.clock ?? systemClock
  const appPool = rolePool(
    databaseUrl,
    APP_ROLE,
    CONNECTIONS,
    overrides.unhurried === true ? ' -c statement_timeout=0' : '',
  )
  const ownerPool = rolePool(databaseUrl, OWNER_ROLE, 6)
  // What the queue notes of its own work (taken, done) need not be on disk before it goes on: a job that is taken twice is
  // harmless by contract, and half the waits for the disk were these (ADR 16).
  const queuePool: pg.Pool = patient(rolePool(databaseUrl, OWNER_ROLE, 8, ' -c synchronous_commit=off'))
  let closing: Promise<void> | undefined
  const asidePool = rolePool(databaseUrl, APP_ROLE, 1, ' -c synchronous_commit=off')
  // At the end the database may go first.
  for (const pool of [appPool, asidePool, ownerPool, queuePool])
    pool.on('error', error => {
      if (closing === undefined) log.warn({ err: error }, 'an idle connection to the database broke')
    })
  const db = connect(appPool, overrides.counter)
  const keys = await fittingRing(db, config, overrides.keys).catch(async error => {
    await appPool.end()
    throw error
  })
  const events = createEvents()
  let origin = config.publicUrl ?? `http://localhost:${config.port}`
  const platform: Platform = {
    db,
    aside: connect(asidePool, overrides.counter),
    events,
    clock,
    keys,
    files: localFileStore(join(config.dataDir, 'files'), keys),
    log,
    publicUrl: () => origin,
    demo: config.demo,
  }

  const signer = softwareKeys(keys)
  const catalogue = createCatalogue()
  const simulated = config.vneid?.issuer === 'simulator'
  const eid =
    config.vneid === null
      ? null
      : vneidProvider({
          issuer: () => (simulated ? origin + VNEID_PREFIX : (config.vneid?.issuer ?? '')),
          clientId: config.vneid.clientId,
          clientSecret: config.vneid.clientSecret,
          redirectUri: () => `${origin}/dang-nhap/vneid/ve`,
          clock,
        })
  const mounts =
    simulated && config.vneid !== null
      ? [
          {
            prefix: VNEID_PREFIX,
            plugin: vneidSimulator({
              origin: () => origin,
              prefix: VNEID_PREFIX,
              client: {
                id: config.vneid.clientId,
                secret: config.vneid.clientSecret,
                redirectPath: '/dang-nhap/vneid/ve',
              },
              directory: new Directory(
                DEMO_PEOPLE.map(person =>
                  personFromNumber(person.idNumber, person.name, person.birthDate.replace(/-/g, '')),
                ),
              ),
              folder: join(config.dataDir, 'simulator/vneid'),
              now: () => clock.now().getTime(),
              fault: overrides.eidFault ?? { mode: 'none', delayMs: 0 },
            }).plugin,
          },
        ]
      : []
  // Loaded only where it is configured: the library takes 15 MB.
  const smtp = config.smtp === null ? null : await import('../integrations/smtp/integration.ts')
  // Only a demo may say "sent" of what never left the house.
  const pretended = () => (config.demo ? simulatedCarrier() : null)
  const carriers = {
    email:
      config.smtp === null || smtp === null
        ? pretended()
        : smtp.smtpCarrier({ ...config.smtp, patience: smtp.SMTP_PATIENCE }),
    sms: pretended(),
    zalo: pretended(),
  }
  const stampSimulator = overrides.timestamps ?? timestampSimulator(clock)
  const timestamps =
    config.timestamps === null
      ? null
      : timestampAuthority(
          config.timestamps === 'simulator'
            ? question => stampSimulator.answer(question)
            : httpTimestamps(config.timestamps),
          config.timestampCa === null ? null : readAuthorities(config.timestampCa),
        )
  const house: House = { ...platform, catalogue, portalOpen: config.portalOpen }
  const modules = listModules({
    house,
    carriers,
    eid,
    acts: letterActs(signer),
    timestamps,
    demo: config.demo ? { password: DEMO_PASSWORD, accounts: demoAccounts(config.province) } : null,
  })
  // What comes from outside is looked at; what the house makes itself is not.
  const received = scanned(platform.files, config.clamd === null ? null : clamd(config.clamd), log)
  const national =
    config.nationalDropDir === null ? null : nationalPortal({ ...house, files: received }, config.nationalDropDir)
  events.subscribe([
    ...modules.flatMap(module => module.subscribers ?? []),
    reportProgress(house, config.nationalDropDir),
  ])
  const permissions = permissionMap([...modules.map(module => module.permissions ?? {}), SITE_PERMISSIONS])

  // The province's name stands on every page: read once, again when the public version moves.
  let province: { vi: string; en?: string | undefined } = { vi: '' }
  let publicVersion = { value: 0, readAt: Number.NEGATIVE_INFINITY }
  let reading: Promise<number> | null = null
  // Once a second, and once for all who ask meanwhile.
  const readPublicVersion = async () => {
    const now = clock.now().getTime()
    if (now - publicVersion.readAt < 1000 && now >= publicVersion.readAt) return publicVersion.value
    reading ??= askPublicVersion(now).finally(() => {
      reading = null
    })
    return reading
  }
  const askPublicVersion = async (now: number) => {
    const value = await readVersion(db, 'public')
    if (value !== publicVersion.value) {
      const setting = await readSetting(db, 'province', civilDateOf(clock.now()))
      province = z.object({ vi: z.string(), en: z.string().optional() }).catch({ vi: '' }).parse(setting?.value)
    }
    publicVersion = { value, readAt: now }
    return value
  }
  await readPublicVersion()

  const metrics = new Registry()
  collectDefaultMetrics({ register: metrics })
  const durations = new Histogram({
    name: 'motcua_http_seconds',
    help: 'Time to answer by route and status',
    labelNames: ['route', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
    registers: [metrics],
  })
  const assets = loadAssets()
  const own = [
    ...modules.flatMap(module => module.routes ?? []),
    ...siteRoutes(platform, { province: () => province }),
    ...systemRoutes(platform, { metrics, version }),
    ...(config.demo ? galleryRoutes() : []),
  ]
  const routes = [...own, ...openApiRoutes(own, version)]
  const http = await createServer({
    routes,
    clock,
    log,
    files: received,
    assets,
    keptFiles: keys => keptFiles(db, keys),
    frame: frame({ assets, province: () => province, demo: config.demo, portalOpen: config.portalOpen }),
    identify: identifier(platform, permissions),
    publicVersion: readPublicVersion,
    flood: config.flood,
    trustProxy: config.trustProxy,
    sessionCookie: SESSION_COOKIE,
    secureCookies: config.publicUrl?.startsWith('https:') ?? false,
    mounts,
    observe: (route, status, seconds) => durations.observe({ route, status: String(status) }, seconds),
  })

  const sweep = job({
    name: 'platform.sweep-files',
    schema: z.unknown(),
    handle: async () => {
      await sweepOrphans(db, platform.files, new Date(clock.now().getTime() - 86_400_000))
    },
  })
  const purge = job({
    name: 'platform.purge',
    schema: z.unknown(),
    handle: async () => {
      const now = clock.now().getTime()
      await purgeRequests(db, new Date(now - 90 * 86_400_000))
      await purgeAttempts(db, new Date(now - 2 * 86_400_000))
    },
  })
  const partitions = job({
    name: 'platform.ensure-partitions',
    schema: z.unknown(),
    handle: () => ensurePartitions(db, clock.now(), 13),
  })
  const jobs: AnyJob[] = [
    ...modules.flatMap(module => module.jobs ?? []),
    ...(national?.jobs ?? []),
    ...events.jobs(db),
    sweep,
    purge,
    partitions,
  ]
  const schedules = [
    ...modules.flatMap(module => module.schedules ?? []),
    ...(national?.schedules ?? []),
    { job: 'platform.sweep-files', cron: '23 2 * * *' },
    { job: 'platform.purge', cron: '11 * * * *' },
    { job: 'platform.ensure-partitions', cron: '5 3 1 * *' },
  ]
  return {
    http,
    platform,
    house,
    national,
    modules,
    routes,
    permissions,
    db,
    runJobs: () => runDueJobs(queuePool, jobs, log),
    seed: options => seedDossiers(house, ownerPool, options),
    rotateKeys: options => rotateKeys({ platform, modules }, ownerPool, config.keyRingFile, options),
    startWorker: () => startWorker(queuePool, jobs, schedules, log),
    async refresh() {
      publicVersion = { ...publicVersion, readAt: Number.NEGATIVE_INFINITY }
      await readPublicVersion()
    },
    setOrigin(value) {
      if (config.publicUrl === null) origin = value
    },
    close() {
      closing ??= (async () => {
        await http.close()
        await signer.close()
        await Promise.all([appPool.end(), asidePool.end(), ownerPool.end(), queuePool.end()])
      })()
      return closing
    },
  }
}

function permissionMap(lists: readonly Readonly<Record<string, readonly string[]>>[]): PermissionMap {
  const map = new Map<string, Set<string>>()
  for (const list of lists) {
    for (const [permission, roles] of Object.entries(list)) {
      for (const role of roles) map.set(role, (map.get(role) ?? new Set()).add(permission))
    }
  }
  return map
}
