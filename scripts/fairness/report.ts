import { SLOW_ATTACKS, type SlowAttack } from '../../test/support/slowhttptest.ts'
import { table } from '../measure/markdown.ts'
import { ATTACKED, type Measurement, PHASES, type Phase } from './measurement.ts'
import { type Latencies, PATIENCE } from './probe.ts'
import { SERVERS, type ServerName } from './servers.ts'

/** What was measured, in Markdown that can be read as it is. */
export function describe(measurement: Measurement): string {
  const { machine, measuredAt, secondsPerPhase, secondsPerAttack } = measurement
  const servers = (Object.keys(SERVERS) as ServerName[]).map(name => {
    const version = measurement.versions[name]
    return version === undefined ? `${name} (not installed, not measured)` : `${name} ${version}`
  })
  return [
    'Milliseconds until the whole page was there: half of the requests / 99 % of them / the slowest.',
    '',
    table(['', ...Object.keys(PHASES)], phaseRows(measurement)),
    '',
    'With slowhttptest attacking through a thousand connections, both servers at the same time; an attack ' +
      'ends when all it asked for is answered:',
    '',
    table(['', ...ATTACKED.flatMap(name => [name, 'available'])], attackRows(measurement)),
    '',
    `Measured on ${measuredAt.slice(0, 10)}: ${secondsPerPhase} s each, ${secondsPerAttack} s each attack, on ` +
      `${machine.cores} cores (${machine.processor}, Linux ${machine.kernel}) that servers, well-behaved client ` +
      `and load share. Python's version stands for its two servers: ${servers.join(', ')}.`,
  ].join('\n')
}

function phaseRows({ phases, versions }: Measurement): string[][] {
  return Object.keys(versions).map(server => [
    server,
    ...(Object.keys(PHASES) as Phase[]).map(phase =>
      cell(phases.find(each => each.server === server && each.phase === phase)),
    ),
  ])
}

function attackRows({ attacks }: Measurement): string[][] {
  return (Object.keys(SLOW_ATTACKS) as SlowAttack[]).map(attack => [
    attack,
    ...ATTACKED.flatMap(server => {
      const result = attacks.find(each => each.server === server && each.attack === attack)
      const available = result === undefined ? '' : `${result.available} of ${result.seconds} s`
      return [cell(result), available]
    }),
  ])
}

function cell(latencies: Latencies | undefined): string {
  if (latencies === undefined) return ''
  const { asked, unanswered, p50, p99, max } = latencies
  if (unanswered === asked) return '**no answer**'
  const values = [p50, p99, max].map(value => (value === null ? `> ${PATIENCE}` : value.toPrecision(2)))
  const lost = unanswered === 0 ? '' : `, ${unanswered} of ${asked} unanswered`
  return `${values.map(plain).join(' / ')}${lost}`
}

/** Without an exponent. */
function plain(value: string): string {
  return value.includes('e') ? String(Number(value)) : value
}
