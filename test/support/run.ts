// Runs the test files given as arguments: one PostgreSQL, one template with the demo province, node's test runner over it.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildApp, migrationSets } from '../../src/app/build-app.ts'
import { readConfig } from '../../src/app/config.ts'
import { setUp } from '../../src/app/set-up.ts'
import { migrate } from '../../src/platform/db/migrate.ts'
import { asAdmin, startTestServer } from './scratch.ts'

const server = await startTestServer()
const folder = mkdtempSync(join(tmpdir(), 'motcua-run-'))
const template = `motcua_template_${process.pid}`
const keyFile = join(folder, 'ring.json')
let code = 1
try {
  await asAdmin(server.url('postgres'), client => client.query(`create database ${template}`))
  await migrate(server.url(template), migrationSets(), new Date())
  const config = { ...readConfig({}), dataDir: folder, keyRingFile: keyFile, logLevel: 'error' }
  const app = await buildApp(config, server.url(template))
  await setUp(app, config)
  await app.close()
  const args = [
    '--enable-source-maps',
    '--test',
    '--test-reporter=spec',
    '--test-concurrency=2',
    // A file of tests; whoever asks for more of something (npm run attack) gives it more time.
    `--test-timeout=${Number(process.env.TEST_MINUTES ?? 10) * 60_000}`,
    ...process.argv.slice(2),
  ]
  const child = spawn(process.execPath, args, {
    stdio: 'inherit',
    env: {
      ...process.env,
      MOTCUA_TEST_SERVER: server.url('postgres'),
      MOTCUA_TEST_TEMPLATE: template,
      MOTCUA_TEST_KEYS: keyFile,
    },
  })
  code = await new Promise<number>(resolve => child.on('exit', status => resolve(status ?? 1)))
} finally {
  await asAdmin(server.url('postgres'), client => client.query(`drop database if exists ${template} with (force)`))
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
}
process.exit(code)
