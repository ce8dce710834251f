// Texts by key, Vietnamese first. A module calls defineTexts once with its two files; a missing key does not compile.

export type Lang = 'vi' | 'en'
/** A text of data (procedures, organisation): Vietnamese always, English where somebody wrote it. */
export interface LocalText {
  readonly vi: string
  readonly en?: string | undefined
}

export type TextValues = Readonly<Record<string, string | number>>
export type Texts<Key extends string> = (key: Key, values?: TextValues) => string

/**
 * Binds a module's two text files. `texts(lang)('key', {n: 1})` fills `{n}`; both files must have the same keys.
 */
export function defineTexts<Key extends string>(files: { vi: Record<Key, string>; en: Record<NoInfer<Key>, string> }) {
  return (lang: Lang): Texts<Key> =>
    (key, values) =>
      values === undefined ? files[lang][key] : fillText(files[lang][key], values)
}

/** Puts values where a text says `{name}`; a name without a value stays as it is. */
export function fillText(text: string, values: TextValues): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole))
}

/** The wording of `text` in `lang`, Vietnamese where English is absent. */
export function local(text: LocalText, lang: Lang): string {
  return lang === 'en' ? (text.en ?? text.vi) : text.vi
}
