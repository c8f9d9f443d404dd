// A reverse proxy on @fastify/http-proxy that adds the key. Arguments: port, origin, TLS origin, certificate, header, key.
import { readFileSync } from 'node:fs'
import proxy from '@fastify/http-proxy'
import Fastify from 'fastify'

const [port, origin, tlsOrigin, certificate, header, key] = process.argv.slice(2)
const addKey = { rewriteRequestHeaders: (_request, headers) => ({ ...headers, [header.toLowerCase()]: key }) }
const pool = { connections: 256, pipelining: 1 }

const app = Fastify({ logger: false, bodyLimit: 16 * 1024 * 1024 })
app.register(proxy, {
  upstream: tlsOrigin,
  prefix: '/tls',
  rewritePrefix: '/tls',
  replyOptions: addKey,
  undici: { ...pool, connect: { ca: readFileSync(certificate) } },
})
app.register(proxy, { upstream: origin, replyOptions: addKey, undici: pool })

for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => process.exit(0))
await app.listen({ host: '127.0.0.1', port: Number(port), backlog: 4096 })
