// The configuration: one typed value read from the environment, checked at start. The only reader of process.env.
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { productRoot } from '../platform/root.ts'

const flag = z.enum(['on', 'off']).transform(value => value === 'on')

/** What the simulator of VNeID takes. */
const DEMO_SECRET = 'motcua-demo'

const schema = z.object({
  /** Port of the web server. */
  PORT: z.coerce.number('a number from 0 to 65535 is needed').int().min(0).max(65_535).default(3000),
  /** Address to listen on. */
  HOST: z.string().default('127.0.0.1'),
  /** Folder for the embedded database, files and keys. */
  DATA_DIR: z.string().default(join(productRoot, 'data')),
  /** PostgreSQL ≥ 15 to use instead of the embedded one. */
  DATABASE_URL: z.string().url().optional(),
  /** Public address, as it stands in QR codes and messages. */
  PUBLIC_URL: z.string().url().optional(),
  /** Province folder below provinces/ to load when the database is empty. */
  PROVINCE: z
    .string()
    .regex(/^[a-z-]+$/)
    .default('mau'),
  /** `off` removes filing by citizens; look-up, verification and progress stay. */
  PORTAL: flag.default(true),
  /** The fictional demo: test marks, mailbox page, demo accounts. Off in production. */
  DEMO: flag.default(true),
  /** SMTP server as URL; without it messages stay in the house. */
  SMTP_URL: z.string().optional(),
  SMTP_FROM: z.string().default('mot-cua@localhost'),
  /** Issuer of VNeID; `simulator` stands in, `off` has none. */
  VNEID_ISSUER: z.string().default('simulator'),
  VNEID_CLIENT_ID: z.string().default('motcua'),
  VNEID_CLIENT_SECRET: z.string().default(DEMO_SECRET),
  /** Time-stamping authority (RFC 3161) of seals, as URL; `simulator` stands in, `off` has none. */
  TSA_URL: z.union([z.enum(['simulator', 'off']), z.url()]).default('simulator'),
  /** File with the certificates (PEM) under which the stamps of TSA_URL must stand. */
  TSA_CA: z.string().optional(),
  /** Where ClamAV's daemon listens, tcp://host:3310 or unix:/path: files that come in are shown to it. */
  CLAMD: z.string().optional(),
  /** Folder of the national portal's file drop; unset turns the importer off. */
  NATIONAL_DROP_DIR: z.string().optional(),
  /** Folder into which motcua-backup writes what was backed up, for the doctor. */
  BACKUP_REPORT_DIR: z.string().optional(),
  /** Key ring file; default DATA_DIR/keys/ring.json. */
  KEY_RING_FILE: z.string().optional(),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent']).default('warn'),
  /** Requests a second that one address may make for long, and at once. */
  FLOOD_PER_SECOND: z.coerce.number().positive().default(40),
  FLOOD_BURST: z.coerce.number().positive().default(300),
  /** How many proxies stand in front and add to X-Forwarded-For; 0 believes none. */
  TRUST_PROXY: z.coerce.number().int().min(0).max(10).default(0),
})

const SECRET: ReadonlySet<string> = new Set(['DATABASE_URL', 'SMTP_URL', 'VNEID_CLIENT_SECRET'])

/**
 * Secrets may stand in files, which whoever lists processes or environments does not see: NAME_FILE is read where NAME is not
 * given. Throws ConfigError where the file cannot be read, or both are given.
 */
function withSecretsFromFiles(given: Readonly<Record<string, string | undefined>>): Record<string, string | undefined> {
  const all = { ...given }
  for (const name of SECRET) {
    const file = given[`${name}_FILE`]
    if (file === undefined) continue
    if (given[name] !== undefined) throw new ConfigError(`Give ${name} or ${name}_FILE, not both.`)
    try {
      all[name] = readFileSync(file, 'utf8').trim()
    } catch (error) {
      throw new ConfigError(`The file of ${name}_FILE cannot be read: ${(error as Error).message}.`)
    }
    if (all[name] === '') throw new ConfigError(`The file of ${name}_FILE is empty: ${file}.`)
  }
  return all
}

export interface Config {
  readonly port: number
  readonly host: string
  readonly dataDir: string
  readonly databaseUrl: string | null
  readonly publicUrl: string | null
  readonly province: string
  readonly portalOpen: boolean
  readonly demo: boolean
  readonly smtp: { readonly url: string; readonly from: string } | null
  readonly vneid: { readonly issuer: string; readonly clientId: string; readonly clientSecret: string } | null
  /** URL of a time-stamping authority, the simulator, or none. */
  readonly timestamps: string | null
  readonly timestampCa: string | null
  readonly clamd: string | null
  readonly nationalDropDir: string | null
  readonly backupReportDir: string | null
  readonly keyRingFile: string
  readonly logLevel: string
  readonly flood: { readonly perSecond: number; readonly burst: number }
  readonly trustProxy: number
}

/** A setting that cannot be used: one sentence for the operator. */
export class ConfigError extends Error {}

export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const given = withSecretsFromFiles(
    Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== '')),
  )
  const parsed = schema.safeParse(given)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    const name = String(issue?.path[0])
    // What may carry a password is not repeated: the sentence ends up in logs.
    const value = SECRET.has(name) ? 'not shown' : given[name]
    throw new ConfigError(`The setting ${name} cannot be used (${value}): ${issue?.message}.`)
  }
  const value = parsed.data
  if (value.DATABASE_URL !== undefined && !/^postgres(ql)?:\/\//.test(value.DATABASE_URL))
    throw new ConfigError(
      'The setting DATABASE_URL must begin with postgres://, for example postgres://user:password@host:5432/motcua.',
    )
  if (!value.DEMO && value.VNEID_ISSUER === 'simulator' && env.VNEID_ISSUER === 'simulator')
    throw new ConfigError('VNEID_ISSUER=simulator lets anybody be anybody; it works only with DEMO=on.')
  // Outside the demo there is no eID until its issuer is named.
  const issuer = !value.DEMO && value.VNEID_ISSUER === 'simulator' ? 'off' : value.VNEID_ISSUER
  if (issuer !== 'off' && issuer !== 'simulator') {
    if (!URL.canParse(issuer)) throw new ConfigError('VNEID_ISSUER is an address: https://…, or simulator, or off.')
    // With the address of its configuration the issuer would not be compared with what the configuration says.
    if (new URL(issuer).href.includes('/.well-known/'))
      throw new ConfigError('VNEID_ISSUER is the address of the issuer itself, without /.well-known/….')
  }
  if (value.CLAMD !== undefined && !/^(tcp:\/\/[^/]+|unix:\/.+)$/.test(value.CLAMD))
    throw new ConfigError('The setting CLAMD is tcp://host:3310 or unix:/run/clamav/clamd.ctl.')
  // Nobody opens a demo to the world by forgetting a setting.
  const open = value.PUBLIC_URL?.startsWith('https:') === true || !/^(127\.|localhost$|::1$)/.test(value.HOST)
  if (open && given.DEMO === undefined)
    throw new ConfigError(
      'Others can reach this installation (HOST or PUBLIC_URL): say DEMO=off for a real one, or DEMO=on for a trial whose passwords everybody knows.',
    )
  const dataDir = resolve(value.DATA_DIR)
  return {
    port: value.PORT,
    host: value.HOST,
    dataDir,
    databaseUrl: value.DATABASE_URL ?? null,
    publicUrl: value.PUBLIC_URL?.replace(/\/$/, '') ?? null,
    province: value.PROVINCE,
    portalOpen: value.PORTAL,
    demo: value.DEMO,
    smtp: value.SMTP_URL === undefined ? null : { url: value.SMTP_URL, from: value.SMTP_FROM },
    vneid:
      issuer === 'off'
        ? null
        : {
            issuer,
            clientId: value.VNEID_CLIENT_ID,
            clientSecret: value.VNEID_CLIENT_SECRET,
          },
    // A stamp that the house gives itself proves nothing: outside the demo there is none until an authority is named.
    timestamps: value.TSA_URL === 'off' || (!value.DEMO && value.TSA_URL === 'simulator') ? null : value.TSA_URL,
    timestampCa: value.TSA_CA === undefined ? null : resolve(value.TSA_CA),
    clamd: value.CLAMD ?? null,
    nationalDropDir: value.NATIONAL_DROP_DIR === undefined ? null : resolve(value.NATIONAL_DROP_DIR),
    backupReportDir: value.BACKUP_REPORT_DIR === undefined ? null : resolve(value.BACKUP_REPORT_DIR),
    keyRingFile: value.KEY_RING_FILE ?? join(dataDir, 'keys/ring.json'),
    logLevel: value.LOG_LEVEL,
    flood: { perSecond: value.FLOOD_PER_SECOND, burst: value.FLOOD_BURST },
    trustProxy: value.TRUST_PROXY,
  }
}

/** What only a process that serves pages needs. Throws ConfigError. */
export function requireForWeb({ vneid }: Config): void {
  if (vneid !== null && vneid.issuer !== 'simulator' && vneid.clientSecret === DEMO_SECRET)
    throw new ConfigError('VNEID_CLIENT_SECRET must be set to the secret that the ministry gave you.')
}
