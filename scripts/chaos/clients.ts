import type { Dice } from '../proof/dice.ts'
import { Attacker } from './attacker.ts'
import { MAX_CONNECTIONS } from './configuration.ts'
import type { Fault, World } from './world.ts'

const PATHS = ['/', '/page.html', '/style.css', '/image.png', '/video.mp4', '/listed/', '/nothing']
const CHUNK = `2000\r\n${'c'.repeat(8192)}\r\n`

/** A GET that its sender forgets. */
function get(world: World, path: string, ...fields: readonly string[]): string {
  return [`GET ${path}?${world.token()} HTTP/1.1`, 'Host: a', ...fields, '', ''].join('\r\n')
}

function post(world: World, ...fields: readonly string[]): string {
  return [`POST /?${world.token()} HTTP/1.1`, 'Host: a', ...fields, '', ''].join('\r\n')
}

/** Several clients that do the same, each on a connection of its own; all lanes together leave connections free. */
function crowd(
  name: string,
  weight: number,
  most: number,
  attack: (attacker: Attacker, world: World, dice: Dice) => Promise<void>,
): Fault {
  return {
    name,
    weight,
    async run(world, dice) {
      const count = dice.integer(1, most)
      world.record(`${name}: ${count} clients`)
      await Promise.all(
        Array.from({ length: count }, async () => {
          using attacker = new Attacker(world.subject.port)
          await attack(attacker, world, dice)
        }),
      )
    },
  }
}

/** Does something again and again, until so many milliseconds are over. */
async function keep(
  world: World,
  attacker: Attacker,
  milliseconds: number,
  rest: number,
  act: () => void | Promise<void>,
): Promise<void> {
  const end = world.now + milliseconds
  while (world.now < end && !attacker.isOver && !world.over.aborted) {
    await Promise.race([act(), world.pause(Math.max(0, end - world.now))])
    await world.pause(rest)
  }
}

export const CLIENTS: readonly Fault[] = [
  crowd('pipeline and read nothing', 3, 20, async (attacker, world, dice) => {
    const [path, count] = [dice.pick(PATHS), dice.integer(1, 40)]
    await keep(world, attacker, dice.integer(500, 3000), 10, () => {
      return attacker.send(Array.from({ length: count }, () => get(world, path)).join(''))
    })
    attacker.reset()
  }),
  crowd('pipeline and read', 3, 20, async (attacker, world, dice) => {
    const [path, count] = [dice.pick(PATHS), dice.integer(1, 40)]
    attacker.take()
    await keep(world, attacker, dice.integer(500, 2000), 20, () => {
      return attacker.send(Array.from({ length: count }, () => get(world, path)).join(''))
    })
  }),
  crowd('send a body without end', 2, 10, async (attacker, world, dice) => {
    attacker.take()
    await attacker.send(post(world, 'Transfer-Encoding: chunked'))
    await keep(world, attacker, dice.integer(500, 3000), 1, () => attacker.send(CHUNK))
  }),
  crowd('send chunks of one byte', 2, 10, async (attacker, world, dice) => {
    attacker.take()
    await attacker.send(post(world, 'Transfer-Encoding: chunked'))
    const chunks = '1\r\nx\r\n'.repeat(dice.integer(1, 1000))
    await keep(world, attacker, dice.integer(500, 2000), 5, () => attacker.send(chunks))
    await attacker.send('0\r\n\r\n')
  }),
  crowd('send fields without end', 2, 10, async (attacker, world, dice) => {
    attacker.take()
    await attacker.send(get(world, '/').slice(0, -2))
    const field = `X: ${'x'.repeat(dice.integer(0, 500))}\r\n`
    await keep(world, attacker, dice.integer(500, 2000), 1, () => attacker.send(field))
  }),
  crowd('send a byte now and then', 2, 30, async (attacker, world, dice) => {
    const text = get(world, dice.pick(PATHS), `X-Slow: ${'x'.repeat(200)}`)
    let at = 0
    await keep(world, attacker, dice.integer(1000, 4000), dice.integer(5, 50), () =>
      attacker.send(text[at++] ?? ''),
    )
  }),
  crowd('take a little now and then', 2, 30, async (attacker, world, dice) => {
    await attacker.send(get(world, '/video.mp4'))
    await keep(world, attacker, dice.integer(1000, 4000), dice.integer(5, 100), () =>
      attacker.takeSome(20_000),
    )
  }),
  crowd('take nothing', 2, 30, async (attacker, world, dice) => {
    await attacker.send(get(world, dice.pick(PATHS)))
    await world.pause(dice.integer(500, 4000))
  }),
  crowd('reset after asking', 3, 50, async (attacker, world, dice) => {
    await attacker.send(get(world, dice.pick(PATHS)))
    await world.pause(dice.integer(0, 5))
    attacker.reset()
  }),
  crowd('reset in the middle', 2, 30, async (attacker, world, dice) => {
    attacker.take()
    await attacker.send(get(world, '/video.mp4'))
    await world.pause(dice.integer(0, 50))
    attacker.reset()
  }),
  crowd('stop in the middle of a head', 2, 30, async (attacker, world, dice) => {
    attacker.take()
    const text = get(world, dice.pick(PATHS))
    await attacker.send(text.slice(0, dice.integer(0, text.length - 1)))
    attacker.endSending()
    await world.pause(dice.integer(0, 500))
  }),
  crowd('ask and end sending', 2, 30, async (attacker, world, dice) => {
    await attacker.send(
      Array.from({ length: dice.integer(1, 30) }, () => get(world, dice.pick(PATHS))).join(''),
    )
    attacker.endSending()
    await world.pause(dice.integer(0, 200))
    attacker.take()
    await world.pause(dice.integer(0, 500))
  }),
  crowd('send garbage', 2, 30, async (attacker, world, dice) => {
    attacker.take()
    await attacker.send(dice.bytes(dice.integer(1, 2000)).toString('latin1'))
    await world.pause(dice.integer(0, 200))
  }),
  crowd('come and go', 2, 60, async (attacker, world, dice) => {
    await world.pause(dice.integer(0, 300))
    if (dice.chance(0.5)) attacker.reset()
  }),
  {
    name: 'take up all connections and say nothing',
    weight: 2,
    async run(world, dice) {
      const count = dice.integer(MAX_CONNECTIONS / 2, MAX_CONNECTIONS * 2)
      world.record(`${this.name}: ${count} clients`)
      using _trouble = world.trouble()
      using stack = new DisposableStack()
      for (let number = 0; number < count; number++) stack.use(new Attacker(world.subject.port))
      await world.pause(dice.integer(500, 3000))
    },
  },
]
