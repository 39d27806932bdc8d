/**
 * Serves a folder with `@fastify/send`, as its manual shows, over Node's own HTTP.
 *
 * Usage: fastify-send.ts PORT, in the folder to serve
 */
import { createServer } from 'node:http'

// Its types are there only once the peers are installed.
const { default: send } = await import('@fastify/send' as string)

createServer(async (request, response) => {
  const { statusCode, headers, stream } = await send(
    request,
    new URL(request.url ?? '/', 'http://host').pathname,
    {
      root: process.cwd(),
    },
  )
  response.writeHead(statusCode, headers)
  stream.pipe(response)
}).listen(Number(process.argv[2]), '127.0.0.1')
