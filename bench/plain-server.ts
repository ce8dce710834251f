// Node's bare HTTP server with one page in memory: what a page could cost at best. Prints its port.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'

const bytes = readFileSync(process.argv[2] ?? '')
const server = createServer((_, reply) =>
  reply.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(bytes),
)
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  console.log(typeof address === 'object' ? address?.port : 0)
})
