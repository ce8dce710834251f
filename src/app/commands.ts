// Commands that act on an installation whose app is built: seeds, accounts, tokens, erasure, imports.
import { existsSync, statfsSync } from 'node:fs'
import { join } from 'node:path'
import { getHeapStatistics } from 'node:v8'
import { importNational, loadProcedures } from '../modules/catalogue/index.ts'
import { BYTES_PER_DOSSIER, HEAP_PER_DOSSIER } from '../modules/dossier/index.ts'
import {
  closeAccounts,
  insertToken,
  inviteAccount,
  listTokens,
  openedBy,
  revokeToken,
  stopAccount,
  UnknownLogin,
} from '../modules/identity/index.ts'
import { agenciesByIds, findAgencyByCode, importProvince } from '../modules/organisation/index.ts'
import { erasePerson } from '../modules/privacy/index.ts'
import { houseActor } from '../platform/access/actor.ts'
import { civilDateOf } from '../platform/calendar/civil.ts'
import { systemClock } from '../platform/clock.ts'
import { newToken } from '../platform/id.ts'
import { productRoot } from '../platform/root.ts'
import type { App } from './build-app.ts'
import type { Config } from './config.ts'
import { DEMO_LOGINS, DEMO_PASSWORD } from './demo-people.ts'
import { ensurePartitions } from './partitions.ts'
import { setUp } from './set-up.ts'

/** What cannot be done now, as a sentence. */
export class Refused extends Error {}

export function need(value: string | undefined, sentence: string): string {
  if (value === undefined || value === '') throw new Refused(sentence)
  return value
}

export async function seed(app: App, config: Config, args: readonly string[]): Promise<number> {
  const at = args.indexOf('--dossiers')
  const dossiers = Number(args[at + 1])
  if (at < 0 || !Number.isInteger(dossiers) || dossiers < 1 || dossiers > 20_000_000)
    throw new Refused('Say how many: motcua seed --dossiers 100000')
  const bytes = dossiers * BYTES_PER_DOSSIER
  const disk = statfsSync(config.dataDir)
  const free = disk.bavail * disk.bsize
  console.log(
    `${dossiers} dossiers need about ${(bytes / 1e9).toFixed(1)} GB; ${
      config.databaseUrl === null
        ? `${(free / 1e9).toFixed(1)} GB are free.`
        : 'see that the disk of the database has them, it cannot be seen from here.'
    }`,
  )
  if (config.databaseUrl === null && bytes * 1.2 > free)
    throw new Refused('That does not fit. Choose fewer dossiers or another DATA_DIR.')
  const memory = dossiers * HEAP_PER_DOSSIER
  if (memory > getHeapStatistics().heap_size_limit)
    throw new Refused(
      `That needs ${(memory / 1e6).toFixed(0)} MB of memory, more than this program may take. Choose fewer dossiers, or start it as node --max-old-space-size=${Math.ceil(memory / 2 ** 20)} …`,
    )
  await setUp(app, config)
  await ensurePartitions(app.db, new Date(app.platform.clock.now().getTime() - 25 * 31 * 86_400_000), 40)
  const started = systemClock.now().getTime()
  // Another past each time: a second seed adds other people.
  const chance = started % 1_000_000_007
  await app.seed({ dossiers, seed: chance, onProgress: done => process.stdout.write(`\r${done}`) })
  console.log(`\rSeeded ${dossiers} dossiers in ${((systemClock.now().getTime() - started) / 1000).toFixed(1)} s.`)
  return 0
}

export async function runErasure(app: App, args: readonly string[]): Promise<number> {
  const erase = args.includes('--erase')
  const rest = args.filter(each => each !== '--erase')
  const [idNumber, option, text = '', ...more] = rest
  const ground = text.trim()
  if (idNumber === undefined || option !== '--ground' || more.length > 0 || ground.length < 8 || ground.length > 200)
    throw new Refused(
      'Say whose data and on what decision: motcua erase-person 044185000123 --ground "QĐ 12/QĐ-UBND" [--erase]',
    )
  const outcome = await erasePerson(app.house, idNumber, { actor: houseActor('privacy'), ground, plan: !erase })
  switch (outcome.kind) {
    case 'unknown':
      throw new Refused('Nobody with this identification number is known here.')
    case 'under-way':
      throw new Refused(
        `Nothing was erased: ${outcome.codes.length} dossiers are still under way (${outcome.codes.slice(0, 10).join(', ')}).`,
      )
    case 'planned':
      console.log(
        `Would be erased, for ever: the account, ${outcome.messages} messages and the content of ${outcome.codes.length} dossiers with their letters and files${outcome.codes.map(code => `\n  ${code}`).join('')}\nNothing was changed. Hold this against what the law keeps (a permit in force, the term of the archive); then run it again with --erase.`,
      )
      return 0
    case 'erased':
      console.log(
        `Erased: ${outcome.codes.length} dossiers and ${outcome.messages} messages. Files go within a day; backups made before still hold the data until they expire.`,
      )
      return 0
  }
}

export async function manageAccount(app: App, args: readonly string[]): Promise<number> {
  const [verb, login] = args
  if (verb === 'disable-demo' && args.length === 1) {
    const open = await openedBy(app.platform, DEMO_LOGINS, DEMO_PASSWORD)
    await closeAccounts(app.platform, open)
    console.log(`${open.length} accounts are closed. Invite their holders: motcua account invite LOGIN`)
    return 0
  }
  if (
    login === undefined ||
    login.startsWith('-') ||
    (verb !== 'invite' && verb !== 'disable' && verb !== 'end-sessions')
  )
    throw new Refused(
      'Say what and whose: motcua account invite | disable | end-sessions LOGIN, or motcua account disable-demo',
    )
  try {
    if (verb === 'invite') {
      const { code, expiresAt } = await inviteAccount(app.platform, login)
      console.log(
        `Code for ${login}, valid until ${expiresAt.toISOString().slice(0, 16).replace('T', ' ')} UTC, shown only now:\n${code}\nIts holder enters it at /dang-nhap/kich-hoat.`,
      )
    } else {
      await stopAccount(app.platform, login, verb)
      console.log(verb === 'disable' ? `${login} is closed.` : `${login} is signed out everywhere.`)
    }
    return 0
  } catch (error) {
    if (error instanceof UnknownLogin)
      throw new Refused(
        `Nobody is known as ${login}: give a user name of the organisation data, a phone number or an e-mail address.`,
      )
    throw error
  }
}

const SCOPES = ['dossier.submit', 'dossier.read']

export async function giveToken(app: App, args: readonly string[]): Promise<number> {
  const today = civilDateOf(app.platform.clock.now())
  if (args[0] === 'list' && args.length === 1) {
    const tokens = await listTokens(app.db)
    const agencies = await agenciesByIds(
      app.db,
      tokens.flatMap(token => token.agencyId ?? []),
      today,
    )
    for (const token of tokens)
      console.log(
        `${token.publicId}  ${token.name}  ${token.scopes.join(' ')}  ${token.agencyId === null ? 'whole province' : (agencies.get(token.agencyId)?.code ?? token.agencyId)}  until ${token.expiresAt.toISOString().slice(0, 10)}${token.revoked ? '  revoked' : ''}`,
      )
    return 0
  }
  if (args[0] === 'revoke') {
    const id = need(args[1], 'Say which: motcua token revoke ID; motcua token list shows them.')
    if (!(await revokeToken(app.db, id, app.platform.clock.now())))
      throw new Refused(`There is no token ${id} that still opens anything: see motcua token list.`)
    console.log('Revoked: it opens nothing from now on.')
    return 0
  }
  const limit = args.indexOf('--agency')
  const [name, ...scopes] = limit < 0 ? args : args.toSpliced(limit, 2)
  const agency = limit < 0 ? null : await findAgencyByCode(app.db, args[limit + 1] ?? '', today)
  if (limit >= 0 && agency === null) throw new Refused(`No agency has the code ${args[limit + 1] ?? ''}.`)
  const unknown = scopes.find(scope => !SCOPES.includes(scope))
  if (name === undefined || scopes.length === 0 || unknown !== undefined)
    throw new Refused(`Say for whom and for what: motcua token "Kiosk" ${SCOPES.join(' ')} [--agency CODE]`)
  const token = newToken(256)
  const at = app.platform.clock.now()
  await insertToken(app.db, {
    token,
    name,
    scopes,
    agencyId: agency?.id ?? null,
    at,
    expiresAt: new Date(at.getTime() + 365 * 86_400_000),
  })
  console.log(
    `Token of ${name}${agency === null ? '' : `, for dossiers of ${agency.name}`}, valid for a year, shown only now:\n${token}`,
  )
  return 0
}

export async function runProvinceImport(app: App, args: readonly string[]): Promise<number> {
  const name = args.find(arg => !arg.startsWith('--'))
  const folder = join(productRoot, 'provinces', name ?? '')
  if (name === undefined || !existsSync(folder))
    throw new Refused('Say which province: a folder of provinces/, for example quang-tri.')
  const dryRun = args.includes('--dry-run')
  const report = await importProvince(app.db, { folder, dryRun, at: app.platform.clock.now() })
  for (const problem of report.problems) console.log(`${problem.file}:${problem.line}: ${problem.text}`)
  if (report.problems.length > 0) {
    console.log(`${report.problems.length} problems; nothing was changed.`)
    return 1
  }
  const counts = Object.entries(report.counts).map(([kind, count]) => `${count} ${kind}`)
  console.log(`${dryRun ? 'Would load' : 'Loaded'} ${counts.join(', ')}.`)
  return 0
}

export async function runProcedureImport(app: App, args: readonly string[]): Promise<number> {
  const only = args.find(arg => !arg.startsWith('--'))
  if (only !== undefined && !existsSync(join(productRoot, 'procedures', only)))
    throw new Refused(`There is no folder procedures/${only}.`)
  const dryRun = args.includes('--dry-run')
  const report = await loadProcedures(app.db, {
    folder: join(productRoot, 'procedures'),
    ...(only === undefined ? {} : { only }),
    dryRun,
    at: app.platform.clock.now(),
  })
  for (const problem of report.problems)
    console.log(`${problem.level}: ${problem.folder}/${problem.where}: ${problem.text}`)
  console.log(
    dryRun
      ? `${report.clean.length} without error, nothing published (dry run).`
      : `${report.published.length} published, ${report.unchanged.length} unchanged.`,
  )
  return report.problems.some(problem => problem.level === 'error') ? 1 : 0
}

export async function runNationalImport(app: App, args: readonly string[]): Promise<number> {
  const dryRun = args.includes('--dry-run')
  const file = need(
    args.find(arg => !arg.startsWith('--')),
    'Say which file: motcua import-national lay-thu-tuc.json',
  )
  const report = await importNational(app.db, { file, dryRun, at: app.platform.clock.now() }).catch((error: Error) => {
    throw new Refused(`${file} cannot be read: ${error.message}`)
  })
  for (const { title, understood, missed, definition } of report.readings)
    if (definition !== null)
      console.log(
        `${definition.procedure.code} ${title}\n  understood: ${understood.join(', ')}\n  not understood: ${missed.join('; ') || 'nothing'}`,
      )
  for (const { record, title, why } of report.refused) console.log(`record ${record} ${title} left out: ${why}`)
  for (const code of report.kept) console.log(`${code} is handled here and was left alone`)
  console.log(
    `${report.readings.length} records: ${report.published} published, ${report.unchanged} unchanged, ${report.kept.length} left alone, ${report.refused.length} left out${dryRun ? ' (dry run)' : ''}.`,
  )
  return report.refused.length > 0 ? 1 : 0
}
