// Node's bare HTTP server with one page in memory, for machines without nginx: FILE PORT.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'

const bytes = readFileSync(process.argv[2] ?? '')
createServer((_, reply) => reply.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(bytes)).listen(
  Number(process.argv[3]),
  '127.0.0.1',
)
