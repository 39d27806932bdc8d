/**
 * Clients that are no help to others, in a process of their own. Says `ready` when they are at work, and ends
 * with its standard input.
 *
 * Usage: load.ts silent|stalled|greedy COUNT PORT
 */
import { connect, type Socket } from 'node:net'
import { HUGE } from './probe.ts'

const REQUEST = `GET ${HUGE} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`
/** A server may let some wait for good: that is its way to be busy. */
const LONGEST_START = 1500
const BUFFER = Buffer.alloc(256 * 1024)

const LOADS: Readonly<Record<string, (port: number) => Socket>> = {
  silent: port => open(port),
  stalled(port) {
    const socket = open(port).pause()
    socket.write(REQUEST)
    return socket
  },
  greedy(port) {
    const socket = open(port)
    socket.write(REQUEST)
    socket.on('close', () => setTimeout(() => LOADS['greedy']?.(port), 10))
    return socket
  },
}

function open(port: number): Socket {
  const onread = { buffer: BUFFER, callback: () => true }
  // What became of it is for the server to say.
  return connect({ port, host: '127.0.0.1', onread }).on('error', () => {})
}

const [kind = '', count, port] = process.argv.slice(2)
const load = LOADS[kind]
if (load === undefined) throw new Error(`Expected a kind of load, got "${kind}"`)

const connected = Array.from({ length: Number(count) }, () => {
  const socket = load(Number(port))
  return new Promise(resolve => socket.once('connect', resolve).once('close', resolve))
})
await Promise.race([Promise.all(connected), new Promise(resolve => setTimeout(resolve, LONGEST_START))])
console.log('ready')
process.stdin.resume().on('end', () => process.exit())
