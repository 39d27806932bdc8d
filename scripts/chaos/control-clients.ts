import { connect, type Socket } from 'node:net'
import type { Dice } from '../proof/dice.ts'
import type { Fault, World } from './world.ts'

/** Clients of the control socket that do the same for a while. */
function crowd(
  name: string,
  weight: number,
  most: number,
  attack: (socket: Socket, dice: Dice) => void,
): Fault {
  return {
    name: `control socket: ${name}`,
    weight,
    async run(world: World, dice: Dice) {
      const count = dice.integer(1, most)
      world.record(`${this.name}, ${count} clients`)
      const sockets = Array.from({ length: count }, () => {
        const socket = connect(world.subject.folder.socket).pause()
        socket.on('error', () => {})
        attack(socket, dice)
        return socket
      })
      await world.pause(dice.integer(100, 3000))
      for (const socket of sockets) socket.destroy()
    },
  }
}

function call(method: string, params: object): string {
  return `${JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })}\n`
}

/** What happens on the control socket. */
export const CONTROL_FAULTS: readonly Fault[] = [
  crowd('say nothing', 3, 1000, () => {}),
  crowd('say half a request', 2, 100, socket => socket.write('{"jsonrpc":"2.0","id":1,')),
  crowd('send garbage', 2, 100, (socket, dice) => {
    socket.resume()
    socket.write(dice.bytes(dice.integer(1, 1000)))
  }),
  crowd('send a line without end', 1, 20, (socket, dice) => {
    socket.write('x'.repeat(dice.integer(1, 200_000)))
  }),
  crowd('send deep JSON', 1, 20, (socket, dice) => {
    socket.resume()
    socket.write(`${'['.repeat(dice.integer(1, 60_000))}\n`)
  }),
  crowd('ask for traces and read none', 2, 40, socket => socket.write(call('trace', { seconds: 300 }))),
  crowd('ask for traces and leave', 2, 40, (socket, dice) => {
    socket.resume()
    socket.write(call('trace', { seconds: 300 }))
    setTimeout(() => socket.destroy(), dice.integer(0, 200))
  }),
  crowd('ask for status and leave', 2, 200, socket => socket.end(call('status', {}))),
]
