// Where the installed product lies: the folder of package.json, found from the running file.
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder that holds package.json, procedures/ and provinces/. */
export const productRoot: string = (() => {
  let dir = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(dir, 'package.json'))) dir = dirname(dir)
  return dir
})()

const require = createRequire(join(productRoot, 'package.json'))

/** The path of a file inside an installed package. */
export function packageFile(specifier: string): string {
  return require.resolve(specifier)
}

/** The built folder the program runs from: dist/server, or dist-test/src while testing. */
export const builtRoot: string = (() => {
  const here = fileURLToPath(import.meta.url)
  const testing = join(productRoot, 'dist-test')
  return here.startsWith(testing) ? join(testing, 'src') : join(productRoot, 'dist/server')
})()
