// The version of the product, from package.json.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { productRoot } from '../platform/root.ts'

export const version: string = JSON.parse(readFileSync(join(productRoot, 'package.json'), 'utf8')).version
