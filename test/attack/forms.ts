// Every request that pages of ours let somebody make, with all its parameters: what a tool that injects is given.
import type { Seen } from '../support/crawl.ts'

/** A request as it would be sent, before anybody changes it. */
export interface Asked {
  readonly caller: string
  readonly method: 'GET' | 'POST'
  readonly url: string
  /** Fields of the body; empty for GET. */
  readonly fields: readonly (readonly [name: string, value: string])[]
  readonly multipart: boolean
}

const plain = (text: string) =>
  text
    .replace(/&amp;/g, '&')
    .replace(/&quot;/g, '"')
    .replace(/&#39;|&#x27;/g, "'")
const attribute = (tag: string, name: string): string | undefined => {
  const value = new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1]
  return value === undefined ? undefined : plain(value)
}

/** The forms of a page, filled in as far as the page fills them, with a word where it leaves a place empty. */
export function formsOf({ caller, url, reply }: Seen): Asked[] {
  if (!String(reply.headers['content-type']).startsWith('text/html')) return []
  return [...reply.body.matchAll(/<form\b[^>]*>[\s\S]*?<\/form>/g)].map(([form]) => {
    const open = /<form\b[^>]*>/.exec(form)?.[0] ?? ''
    const fields: [string, string][] = []
    for (const [tag] of form.matchAll(/<(?:input|button|textarea|select)\b[^>]*>/g)) {
      const name = attribute(tag, 'name')
      const type = attribute(tag, 'type')
      if (name === undefined || type === 'file' || /^<button/.test(tag)) continue
      if (fields.some(([known]) => known === name)) continue
      const chosen = /^<select/.test(tag)
        ? [...((form.split(tag)[1] ?? '').split('</select>')[0]?.matchAll(/value="([^"]+)"/g) ?? [])][0]?.[1]
        : attribute(tag, 'value')
      fields.push([name, chosen === undefined || chosen === '' ? 'mau' : plain(chosen)])
    }
    const method = attribute(open, 'method')?.toUpperCase() === 'POST' ? ('POST' as const) : ('GET' as const)
    const action = attribute(open, 'action') ?? url
    return {
      caller,
      method,
      url: method === 'GET' ? `${action.split('?')[0]}?${new URLSearchParams(fields)}` : action,
      fields: method === 'GET' ? [] : fields,
      multipart: attribute(open, 'enctype') === 'multipart/form-data',
    }
  })
}

/** One of each: the same method, route and names of parameters ask the same statements, whoever asks. */
export function oneOfEach(asked: readonly Asked[], routeOf: (asked: Asked) => string): Asked[] {
  const known = new Map<string, Asked>()
  for (const each of asked) {
    const query = [...new URL(each.url, 'http://local').searchParams.keys()]
    const key = `${each.method} ${routeOf(each)} ${[...query, ...each.fields.map(([name]) => name)].sort().join(' ')}`
    if (!known.has(key)) known.set(key, each)
  }
  return [...known.values()]
}
