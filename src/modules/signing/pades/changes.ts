// What changed between a signed revision and the file as it is now.

import type { Dict, Obj } from './pdf-file.ts'
import { canonical, eachRef, isArray, isDict, Name, type PdfFile, Ref, Stream, text } from './pdf-file.ts'

export interface Changes {
  readonly changed: boolean
  /** Only field filling and signing happened. */
  readonly permitted: boolean
  readonly filled: readonly { readonly field: string; readonly value: string }[]
  readonly signed: readonly string[]
  readonly violations: readonly string[]
}

export interface Field {
  readonly num: number
  readonly name: string
  readonly type: string
  readonly dict: Dict
}

/** All fields of the form, with inherited type and full name. */
export function fieldsOf(file: PdfFile): Field[] {
  const out: Field[] = []
  const seen = new Set<number>()
  const walk = (o: Obj, prefix: string, type: string): void => {
    if (!(o instanceof Ref) || seen.has(o.num)) return
    seen.add(o.num)
    const dict = file.dict(o)
    if (!dict) return
    const own = text(file.resolve(dict.get('T')))
    const name = own && prefix ? `${prefix}.${own}` : own || prefix
    const ft = file.resolve(dict.get('FT'))
    const kind = ft instanceof Name ? ft.value : type
    out.push({ num: o.num, name, type: kind, dict })
    for (const kid of file.array(dict.get('Kids'))) walk(kid, name, kind)
  }
  for (const field of file.array(form(file)?.get('Fields'))) walk(field, '', '')
  return out
}
const catalog = (file: PdfFile): Dict | undefined => file.dict(file.trailer.get('Root'))
const form = (file: PdfFile): Dict | undefined => file.dict(catalog(file)?.get('AcroForm'))

function pagesOf(file: PdfFile): Map<number, Dict> {
  const out = new Map<number, Dict>()
  const seen = new Set<number>()
  const walk = (o: Obj): void => {
    if (!(o instanceof Ref) || seen.has(o.num)) return
    seen.add(o.num)
    const dict = file.dict(o)
    if (!dict) return
    if (dict.has('Kids')) for (const kid of file.array(dict.get('Kids'))) walk(kid)
    else out.set(o.num, dict)
  }
  walk(catalog(file)?.get('Pages') ?? null)
  return out
}

const CATALOG_MAY: ReadonlySet<string> = new Set(['AcroForm', 'DSS', 'Extensions'])
const FORM_MAY: ReadonlySet<string> = new Set(['Fields', 'DR', 'SigFlags'])
const FILL_MAY: ReadonlySet<string> = new Set(['V', 'AP', 'AS', 'Ff'])
const SIGN_MAY: ReadonlySet<string> = new Set(['V', 'AP', 'Ff', 'F'])
const READ_ONLY = 1
/** The look of a signature that is added later covers at most so much, in square points: some 9 by 5 centimetres. */
const MAX_STAMP = 260 * 140
const areaOf = (rect: readonly Obj[]): number => {
  const [left, bottom, right, top] = rect.map(each => (typeof each === 'number' ? each : Number.NaN))
  const area = Math.abs(((right ?? 0) - (left ?? 0)) * ((top ?? 0) - (bottom ?? 0)))
  return Number.isNaN(area) ? Number.POSITIVE_INFINITY : area
}

function differing(a: Dict, b: Dict): string[] {
  return [...new Set([...a.keys(), ...b.keys()])].filter(key => canonical(a.get(key)) !== canonical(b.get(key)))
}

/**
 * Each object of the signed revision that is different now must be one whose role permits exactly that change.
 * Roles come from the signed revision, so nothing appended can claim one. New objects matter only where a
 * permitted change refers to them. Under a certification (`certified`) nobody may add fields: whoever signs later signs in
 * a field that stood there.
 */
export function changesSince(signed: PdfFile, now: PdfFile, certified: boolean): Changes {
  const violations: string[] = []
  const filled: { field: string; value: string }[] = []
  const newlySigned: string[] = []
  const used = (file: PdfFile, num: number): boolean => {
    const e = file.entries.get(num)
    return e !== undefined && e.kind !== 'free'
  }

  // 1. changed, removed and dangling objects
  const changed = new Map<number, { before: Obj; after: Obj }>()
  for (const [num, entry] of signed.entries) {
    if (entry.kind === 'free') continue
    const before = signed.get(num)
    eachRef(before, ref => {
      if (!used(signed, ref.num) && used(now, ref.num)) violations.push(`object ${ref.num}: was undefined, now defined`)
    })
    const other = now.entries.get(num)
    // the same place in shared bytes is the same object (a packed one's container may have changed)
    if (entry.kind === 'offset' && other?.kind === 'offset' && other.a === entry.a && other.b === entry.b) continue
    if (!used(now, num)) {
      violations.push(`object ${num}: removed`)
      continue
    }
    const after = now.get(num)
    if (canonical(before) !== canonical(after)) changed.set(num, { before, after })
  }
  for (const key of ['Root', 'Info', 'Encrypt']) {
    if (canonical(signed.trailer.get(key)) !== canonical(now.trailer.get(key))) violations.push(`trailer /${key}`)
  }

  // 2. roles, from the signed revision
  const oldFields = fieldsOf(signed)
  const fieldByNum = new Map(oldFields.map(f => [f.num, f]))
  const pages = pagesOf(signed)
  const newWidgets = new Set<number>()
  const checked = new Set<number>()

  const listGrew = (before: Obj, after: Obj, allow: (added: Obj) => boolean, label: string): void => {
    if ((before !== null && !isArray(before)) || (after !== null && !isArray(after))) {
      violations.push(label)
      return
    }
    const old = before ?? [],
      fresh = after ?? []
    if (old.some((item, i) => canonical(item) !== canonical(fresh[i])))
      violations.push(`${label}: entries removed or reordered`)
    for (const item of fresh.slice(old.length)) if (!allow(item)) violations.push(`${label}: ${canonical(item)} added`)
  }
  /** Dictionaries of resources may gain entries, never change one. */
  const grew = (before: Obj | undefined, after: Obj | undefined, label: string): void => {
    if (canonical(before) === canonical(after)) return
    if (!isDict(before) || !isDict(after)) {
      if (before !== undefined && before !== null) violations.push(label)
      return
    }
    for (const [key, value] of before) grew(value, after.get(key), `${label} /${key}`)
  }
  const newSignatureField = (item: Obj): boolean => {
    if (certified || !(item instanceof Ref) || used(signed, item.num)) return false
    const dict = now.dict(item)
    const is = (key: string, value: string): boolean => {
      const found = dict?.get(key)
      return found instanceof Name && found.value === value
    }
    // Only what is signed at once, and only as one widget: an empty field or a kid could draw anything over the page.
    const value = dict?.get('V')
    if (!dict || !is('FT', 'Sig') || !is('Subtype', 'Widget') || dict.has('Kids')) return false
    if (!(value instanceof Ref) || used(signed, value.num)) return false
    // A stamp beside the text, not a sheet of paper over it.
    if (areaOf(now.array(dict.get('Rect'))) > MAX_STAMP) return false
    newWidgets.add(item.num)
    newlySigned.push(text(now.resolve(dict.get('T'))))
    return true
  }
  const formRule = (before: Dict, after: Dict): void => {
    for (const key of differing(before, after)) {
      const a = before.get(key),
        b = after.get(key)
      if (!FORM_MAY.has(key)) violations.push(`form /${key}`)
      else if (key === 'Fields') {
        if (a instanceof Ref) violations.push('form /Fields replaced')
        else listGrew(a ?? null, b ?? null, newSignatureField, 'form /Fields')
      } else if (key === 'DR') grew(a, b, 'form /DR')
    }
  }
  const catalogRule = (before: Dict, after: Dict): void => {
    for (const key of differing(before, after)) {
      const a = before.get(key),
        b = after.get(key)
      if (!CATALOG_MAY.has(key)) violations.push(`catalog /${key}`)
      else if (key === 'AcroForm') {
        if (isDict(a) && isDict(b)) formRule(a, b)
        else violations.push('catalog /AcroForm replaced')
      }
    }
  }
  const fieldRule = (field: Field, after: Dict): void => {
    const keys = differing(field.dict, after)
    const flags = field.dict.get('Ff')
    const locked = field.type !== 'Sig' && typeof flags === 'number' && (flags & READ_ONLY) !== 0
    const done = field.type === 'Sig' && field.dict.has('V')
    // The look of a signature may only come with the signature.
    const idle = field.type === 'Sig' && !keys.includes('V')
    const may = locked || done || idle ? new Set<string>() : field.type === 'Sig' ? SIGN_MAY : FILL_MAY
    for (const key of keys)
      if (!may.has(key))
        violations.push(`field ${field.name} /${key}${locked ? ' (read-only)' : done ? ' (already signed)' : ''}`)
    const v = after.get('V')
    // A signature may not borrow an object of the signed revision.
    if (keys.includes('V') && may.has('V')) {
      if (field.type !== 'Sig') filled.push({ field: field.name, value: text(now.resolve(v)) })
      else if (v instanceof Ref && !used(signed, v.num)) newlySigned.push(field.name)
      else violations.push(`field ${field.name} /V`)
    }
  }

  const take = (ref: Obj | undefined, rule: (before: Obj, after: Obj) => void): void => {
    if (!(ref instanceof Ref) || checked.has(ref.num)) return
    const change = changed.get(ref.num)
    if (!change) return
    checked.add(ref.num)
    rule(change.before, change.after)
  }
  const dicts =
    (rule: (a: Dict, b: Dict) => void, label: string) =>
    (a: Obj, b: Obj): void => {
      if (isDict(a) && isDict(b)) rule(a, b)
      else violations.push(`${label}: another kind of object`)
    }

  const root = catalog(signed)
  const formDict = form(signed)
  take(signed.trailer.get('Root'), dicts(catalogRule, 'catalog'))
  take(root?.get('AcroForm'), dicts(formRule, 'form'))
  take(formDict?.get('Fields'), (a, b) => listGrew(a, b, newSignatureField, 'form /Fields'))
  take(formDict?.get('DR'), (a, b) => grew(a, b, 'form /DR'))
  take(signed.dict(formDict?.get('DR'))?.get('Font'), (a, b) => grew(a, b, 'form /DR /Font'))
  for (const num of fieldByNum.keys()) {
    const field = fieldByNum.get(num)
    if (field)
      take(
        new Ref(num, 0),
        dicts((_, after) => fieldRule(field, after), `field ${field.name}`),
      )
  }
  const isNewWidget = (item: Obj): boolean => item instanceof Ref && newWidgets.has(item.num)
  let number = 0
  for (const [num, page] of pages) {
    number++
    const label = `page ${number}`
    take(page.get('Annots'), (a, b) => listGrew(a, b, isNewWidget, `${label} /Annots`))
    take(
      new Ref(num, 0),
      dicts((before, after) => {
        for (const key of differing(before, after)) {
          const a = before.get(key),
            b = after.get(key)
          if (key === 'Annots' && !(a instanceof Ref))
            listGrew(a ?? null, now.resolve(b), isNewWidget, `${label} /Annots`)
          else violations.push(`${label} /${key}`)
        }
      }, label),
    )
    eachRef(page.get('Contents'), ref => take(ref, () => violations.push(`${label} content`)))
    eachRef(page.get('Resources'), ref => take(ref, () => violations.push(`${label} resources`)))
  }

  // 3. everything else that changed has no right to
  for (const [num, { before }] of changed) {
    if (!checked.has(num)) violations.push(`object ${num}${before instanceof Stream ? ' (stream)' : ''} changed`)
  }
  return {
    changed: now.bytes.length > signed.bytes.length,
    permitted: violations.length === 0,
    filled,
    signed: newlySigned,
    violations,
  }
}
