// Finds what is wrong with a definition before anybody files under it. Pure.
import { type Condition, eachField, type Form } from '../forms/index.ts'
import type { Definition, Process, Step } from './definition.ts'

export interface LintProblem {
  /** `error` keeps a revision from being published, `warning` does not. */
  readonly level: 'error' | 'warning'
  readonly where: string
  readonly text: string
}

/** Steps that every dossier needs after a sign step, in the order of NĐ 30/2020 (numbered after signing, sealed last). */
const BEFORE: Readonly<Partial<Record<Step['kind'], readonly Step['kind'][]>>> = {
  initial: ['decide', 'initial'],
  sign: ['decide', 'initial'],
  number: ['sign'],
  seal: ['number'],
  return: ['seal'],
}
const ORDER: readonly Step['kind'][] = ['sign', 'number', 'seal', 'return']

export function lint(definition: Definition): LintProblem[] {
  const problems: LintProblem[] = []
  const error = (where: string, text: string) => problems.push({ level: 'error', where, text })
  const warn = (where: string, text: string) => problems.push({ level: 'warning', where, text })
  const { procedure, form, process } = definition
  if (procedure.online !== 'full' && procedure.partial_reason === undefined && procedure.kind === 'native')
    error('procedure.yaml', 'a service that is not fully online must say why (partial_reason)')
  if (procedure.kind !== 'native') {
    if (process !== null) error('process.yaml', `a ${procedure.kind} procedure has no process here`)
    if (procedure.kind === 'mirrored' && procedure.system === undefined)
      error('procedure.yaml', 'a mirrored procedure names the system that keeps it')
    return problems
  }
  if (form === null) error('form.yaml', 'a native procedure needs a form')
  if (process === null) error('process.yaml', 'a native procedure needs a process')
  if (procedure.agency === undefined) error('procedure.yaml', 'a native procedure names who decides (agency)')
  if (procedure.time_limit === null && !procedure.unverified.includes('time_limit'))
    error('procedure.yaml', 'time_limit is unknown but not marked unverified')
  if (procedure.title.en === undefined) warn('procedure.yaml', 'the title has no English')
  if (form !== null) lintForm(definition, form, error, warn)
  if (process !== null) lintProcess(definition, process, error, warn)
  return problems
}

type Say = (where: string, text: string) => void

function lintForm(definition: Definition, form: Form, error: Say, warn: Say) {
  const ids = new Map<string, string>()
  const used = new Set<string>()
  for (const { field, path } of eachField(form)) {
    if (ids.has(path)) error('form.yaml', `field ${path} stands twice`)
    ids.set(path, field.type)
    if ((field.type === 'choice' || field.type === 'checkboxes') && (field.options ?? []).length === 0)
      error('form.yaml', `field ${path} has no options`)
  }
  const need = (where: string, id: string) => {
    used.add(id.split('.')[0] ?? id)
    if (!ids.has(id) && !ids.has(id.split('.')[0] ?? ''))
      error(where, `names the field ${id}, which the form does not have`)
  }
  const needAll = (where: string, condition: Condition | undefined) => {
    for (const id of fieldsOf(condition)) need(where, id)
  }
  for (const page of form.pages) {
    needAll(`form.yaml page ${page.id}`, page.when)
    for (const check of page.checks) {
      needAll(`form.yaml page ${page.id}`, check.never)
      need(`form.yaml page ${page.id}`, check.field)
    }
    for (const field of page.fields) {
      needAll(`form.yaml field ${field.id}`, field.when)
      if (field.compute !== undefined)
        for (const id of computedFrom(field.compute)) need(`form.yaml field ${field.id}`, id)
    }
  }
  for (const component of definition.procedure.components)
    needAll(`procedure.yaml component ${component.id}`, component.when)
  const { agency, subject } = definition.procedure
  if (agency?.place !== undefined) need('procedure.yaml agency', agency.place)
  if (subject !== undefined) need('procedure.yaml subject', subject)
  for (const letter of definition.letters) {
    const own = new Set(letter.fields.map(field => `thu.${field.id}`))
    for (const name of placeholders([
      letter.title,
      letter.subject,
      letter.addressed ?? '',
      ...letter.body,
      ...letter.fields.map(field => field.value),
    ])) {
      if (name.startsWith('don.')) need(`letters/${letter.id}.yaml`, name.slice(4))
      else if (!own.has(name) && !KNOWN_PLACEHOLDERS.has(name))
        error(`letters/${letter.id}.yaml`, `placeholder {${name}} is not known`)
    }
  }
  for (const id of ids.keys()) {
    // Answers are shown to officers whole; a field is idle only when it is an internal switch that nothing reads.
    if (ids.get(id) === 'yes-no' && !id.includes('.') && !used.has(id))
      warn('form.yaml', `nothing uses the yes/no field ${id}`)
  }
}

/** What a letter may name besides the answers of the form (`don.`) and its own fields (`thu.`). */
export const KNOWN_PLACEHOLDERS: ReadonlySet<string> = new Set([
  'ho-so.ma',
  'ho-so.ngay-nhan',
  'ho-so.nguoi-nop',
  'co-quan',
  'thu-tuc',
])

export function placeholders(texts: readonly string[]): string[] {
  return texts.flatMap(text =>
    [...text.matchAll(/\{([a-z][a-z0-9.|-]*)\}/g)].flatMap(match => (match[1] ?? '').split('|')),
  )
}

function fieldsOf(condition: Condition | undefined): string[] {
  if (condition === undefined) return []
  if ('all' in condition) return condition.all.flatMap(fieldsOf)
  if ('any' in condition) return condition.any.flatMap(fieldsOf)
  if ('not' in condition) return fieldsOf(condition.not)
  const limit = 'over' in condition ? condition.over : 'under' in condition ? condition.under : undefined
  return [condition.field, ...(typeof limit === 'object' ? [limit.field] : [])]
}

function computedFrom(rule: NonNullable<Form['pages'][number]['fields'][number]['compute']>): string[] {
  if ('sum' in rule) return rule.sum.filter(term => typeof term === 'string')
  if ('product' in rule) return rule.product.filter(term => typeof term === 'string')
  return 'count' in rule ? [rule.count] : [`${rule.sum_of.group}.${rule.sum_of.field}`]
}

function lintProcess(definition: Definition, process: Process, error: Say, warn: Say) {
  const steps = new Map(process.steps.map(step => [step.id, step]))
  if (steps.size !== process.steps.length) error('process.yaml', 'a step id stands twice')
  if (!steps.has(process.start)) error('process.yaml', `the start step ${process.start} does not exist`)
  const letters = new Set(definition.letters.map(letter => letter.id))
  const usedLetters = new Set<string>()
  for (const step of process.steps) {
    const where = `process.yaml step ${step.id}`
    const targets = targetsOf(step)
    for (const to of targets.filter(each => !steps.has(each))) error(where, `leads to ${to}, which does not exist`)
    const choosing = step.kind === 'task' || step.kind === 'decide'
    if (choosing && step.outcomes.length === 0) error(where, 'has no outcome')
    if (!choosing && step.kind !== 'return' && step.to === undefined) error(where, 'leads nowhere (to)')
    if (!choosing && step.outcomes.length > 0) error(where, `a ${step.kind} step has no outcomes, it goes on to "to"`)
    if (step.kind === 'return' && targets.length > 0) error(where, 'a return step is the end')
    for (const outcome of step.outcomes) {
      if (step.kind === 'decide' && (outcome.letter === undefined || outcome.result === undefined))
        error(where, `the decision ${outcome.id} names no letter or result`)
      if (outcome.letter === undefined) continue
      usedLetters.add(outcome.letter)
      if (!letters.has(outcome.letter)) error(where, `letter ${outcome.letter} does not exist`)
    }
    const next = ORDER[ORDER.indexOf(step.kind) + 1]
    if (ORDER.includes(step.kind) && next !== undefined && steps.get(step.to ?? '')?.kind !== next)
      error(where, `after ${step.kind} comes ${next} (NĐ 30/2020)`)
    if ((step.kind === 'sign') !== (step.role === 'leader') && step.kind === 'sign') error(where, 'only a leader signs')
    if ((step.kind === 'number' || step.kind === 'seal') && step.role !== 'records')
      error(where, `a ${step.kind} step belongs to the records clerk`)
  }
  // What may stand directly before a step: no number without a signature, no return without a seal, nothing to sign without a letter.
  for (const step of process.steps) {
    const allowed = BEFORE[step.kind]
    if (allowed === undefined) continue
    if (step.id === process.start) error(`process.yaml step ${step.id}`, `a ${step.kind} step cannot be the first`)
    for (const earlier of process.steps.filter(
      each => targetsOf(each).includes(step.id) && !allowed.includes(each.kind),
    )) {
      error(
        `process.yaml step ${step.id}`,
        `comes after ${earlier.id}, but a ${step.kind} step comes only after ${allowed.join(' or ')}`,
      )
    }
  }
  const reached = reachable(process)
  for (const step of process.steps.filter(each => !reached.has(each.id)))
    error(`process.yaml step ${step.id}`, 'is never reached')
  for (const step of process.steps.filter(each => reached.has(each.id) && !leadsToEnd(process, each.id)))
    error(`process.yaml step ${step.id}`, 'never leads to a return step')
  for (const letter of letters) if (!usedLetters.has(letter)) warn(`letters/${letter}.yaml`, 'no outcome uses it')
}

const targetsOf = (step: Step): string[] => [
  ...step.outcomes.map(outcome => outcome.to),
  ...(step.to === undefined ? [] : [step.to]),
]

function reachable(process: Process, from = process.start): Set<string> {
  const seen = new Set<string>()
  const open = [from]
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    const step = process.steps.find(each => each.id === id)
    if (step === undefined || seen.has(id)) continue
    seen.add(id)
    open.push(...targetsOf(step))
  }
  return seen
}

const leadsToEnd = (process: Process, from: string) =>
  [...reachable(process, from)].some(id => process.steps.find(step => step.id === id)?.kind === 'return')
