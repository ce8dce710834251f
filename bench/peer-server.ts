// The peer of a page: nginx serving the same bytes with keep-alive; node's bare server where nginx is not installed.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { productRoot } from '../src/platform/root.ts'

export interface Peer {
  readonly name: string
  readonly address: string
  stop(): Promise<void>
}

const NGINX = '/usr/sbin/nginx'

export async function startPeer(bytes: string): Promise<Peer> {
  const folder = mkdtempSync(join(tmpdir(), 'motcua-peer-'))
  chmodSync(folder, 0o755) // nginx' workers are another user
  mkdirSync(join(folder, 'www'))
  writeFileSync(join(folder, 'www/index.html'), bytes)
  const nginx = spawnSync(NGINX, ['-v']).status === 0
  const port = await freePort()
  const child = nginx
    ? spawn(NGINX, ['-p', folder, '-c', writeConfig(folder, port)], { stdio: ['ignore', 'inherit', 'inherit'] })
    : spawn(process.execPath, [
        join(productRoot, 'dist-test/bench/plain-server.js'),
        join(folder, 'www/index.html'),
        String(port),
      ])
  const address = `http://127.0.0.1:${port}/`
  for (let tries = 0; ; tries++) {
    const reply = await fetch(address).catch(() => null)
    if (reply?.ok && (await reply.text()) === bytes) break
    if (tries === 50 || child.exitCode !== null) throw new Error('the peer does not answer')
    await wait(100)
  }
  return {
    name: nginx ? 'nginx, same bytes, two workers' : "node's bare HTTP server (nginx is not installed)",
    address,
    async stop() {
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function writeConfig(folder: string, port: number): string {
  const file = join(folder, 'nginx.conf')
  writeFileSync(
    file,
    `daemon off; worker_processes 2; pid ${folder}/pid; error_log ${folder}/error.log;
events { worker_connections 256; }
http {
  types { text/html html; } access_log off; sendfile on; open_file_cache max=10; keepalive_requests 1000000000;
  client_body_temp_path ${folder}/a; proxy_temp_path ${folder}/b; fastcgi_temp_path ${folder}/c; uwsgi_temp_path ${folder}/d; scgi_temp_path ${folder}/e;
  server { listen 127.0.0.1:${port}; root ${folder}/www; }
}
`,
  )
  return file
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  return typeof address === 'object' && address !== null ? address.port : 0
}
