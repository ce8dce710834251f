// Holds the text files to account: same keys in every language, none empty, none unused, Vietnamese in NFC.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { root } from './install.mjs'

const faults = []
const files = readdirSync(join(root, 'src'), { recursive: true }).filter(name => name.endsWith('texts.vi.json'))
for (const name of files) {
  const folder = join(root, 'src', dirname(name))
  const vi = JSON.parse(readFileSync(join(root, 'src', name), 'utf8'))
  const englishPath = join(folder, 'texts.en.json')
  const en = existsSync(englishPath) ? JSON.parse(readFileSync(englishPath, 'utf8')) : {}
  const sources = readdirSync(folder, { recursive: true })
    .filter(each => /\.tsx?$/.test(each))
    .map(each => readFileSync(join(folder, each), 'utf8'))
  // The platform's texts are used from everywhere.
  if (name.startsWith('platform')) {
    for (const each of readdirSync(join(root, 'src'), { recursive: true }))
      if (/\.tsx?$/.test(each)) sources.push(readFileSync(join(root, 'src', each), 'utf8'))
  }
  const code = sources.join('\n')
  const prefixes = [...code.matchAll(/`([a-z][a-z.-]*[.-])\$\{/g)].map(match => match[1])
  for (const [key, text] of Object.entries(vi)) {
    if (en[key] === undefined) faults.push(`${name}: ${key} has no English`)
    if (text.trim() === '' || en[key]?.trim() === '') faults.push(`${name}: ${key} is empty`)
    if (text.normalize('NFC') !== text) faults.push(`${name}: ${key} is not NFC`)
    const holes = value =>
      [...String(value).matchAll(/\{(\w+)\}/g)]
        .map(match => match[1])
        .sort()
        .join()
    if (holes(text) !== holes(en[key])) faults.push(`${name}: ${key} has other values in English`)
    if (!code.includes(`'${key}'`) && !prefixes.some(prefix => key.startsWith(prefix)))
      faults.push(`${name}: nothing uses ${key}`)
  }
  for (const key of Object.keys(en)) if (vi[key] === undefined) faults.push(`${name}: ${key} has no Vietnamese`)
}
for (const fault of faults) console.error(fault)
process.exit(faults.length > 0 ? 1 : 0)
