/**
 * Lets all kinds of faults happen to a real daemon at random: hostile clients, files and logs that change and vanish,
 * full disks, storms of reloads and signals, abuse of the control socket, too few descriptors, kills. Meanwhile and
 * afterwards one request is in service at a time, each is logged once, no byte is wrong, status and reload answer,
 * memory is bounded, and it is up at the end. What broke a promise is shown with the seed that leads to it again, and
 * the exit status is 1.
 *
 * With --only, the same faults happen in some places alone, such as "files" or "clients,control".
 *
 * Usage: chaos.ts [--seed number] [--seconds number] [--only places]
 */
import { argv, env, execPath, execve, exit, getuid } from 'node:process'
import { chaos } from './chaos/chaos.ts'
import { readOptions } from './shared/read-options.ts'

/** Set for the process that has mounts of its own. */
const MAY_MOUNT = 'WEBSERVER_CHAOS_MOUNTS'
/** Of a failure, so many events are shown that came before it. */
const MOST_EVENTS = 400

const values = readOptions(
  {
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    seconds: { type: 'string', default: '60' },
    only: { type: 'string' },
  },
  'npm run chaos [-- --seed number --seconds number --only clients,files,logs,configuration,control,lives,disk]',
)
const [seed, seconds] = [Number(values.seed), Number(values.seconds)]
if (!Number.isSafeInteger(seed) || !(seconds > 0)) {
  throw new Error(`Expected two numbers, got "${values.seed}" and "${values.seconds}"`)
}

const mayMount = env[MAY_MOUNT] !== undefined
if (!mayMount && getuid?.() === 0) {
  // What is mounted there is gone with the last process in it, however that ends.
  execve?.('/usr/bin/unshare', ['unshare', '--mount', execPath, ...argv.slice(1)], {
    ...env,
    [MAY_MOUNT]: 'yes',
  })
}

console.log(`Seed ${seed}, ${seconds} s`)
if (!mayMount) console.log('No disk is filled: only root can mount one')
const only = values.only?.split(',') ?? []
const { summary, events, failures } = await chaos({ seed, seconds, only, mayMount })
if (failures.length > 0) {
  for (const event of events.slice(-MOST_EVENTS)) console.error(event)
  for (const failure of failures) console.error(failure)
  console.error(`To do it again: npm run chaos -- --seed ${seed} --seconds ${seconds}`)
}
console.log(summary)
exit(failures.length > 0 ? 1 : 0)
