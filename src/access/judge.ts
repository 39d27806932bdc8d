import { BlockList, isIPv4 } from 'node:net'
import type { Network, Requirement } from './requirement.ts'

/** Who asks. */
export interface Asker {
  /** As the kernel writes it, with a zone or without. */
  readonly address: string
  /** Undefined while nobody has been asked who it is. */
  readonly user: User | undefined
}

export interface User {
  /** A byte string. */
  readonly name: string
  /** Undefined when it cannot be told. */
  isIn(group: string): boolean | undefined
}

/**
 * Whether a requirement is met. As in Apache `neutral` says nothing for or against, `denied` is for good, and `needs user` may
 * be met by somebody who says who it is; `unknown` is when it cannot be told.
 */
export type Fulfilment = 'granted' | 'denied' | 'neutral' | 'needs user' | 'unknown'

/** A requirement, ready to be asked for many requests. */
export type Judge = (asker: Asker) => Fulfilment

/** Makes a requirement ready, as mod_authz_core understands it. */
export function judgeOf(requirement: Requirement): Judge {
  switch (requirement.kind) {
    case 'all':
      return () => (requirement.isGranted ? 'granted' : 'denied')
    case 'ip':
      return judgeOfNetworks(requirement.networks)
    case 'valid-user':
      return ({ user }) => (user === undefined ? 'needs user' : 'granted')
    case 'user':
      return ({ user }) => forUser(user, () => requirement.names.includes(user?.name ?? ''))
    case 'group':
      return ({ user }) => forUser(user, () => isInAny(user, requirement.names))
    case 'not':
      return negate(judgeOf(requirement.requirement))
    case 'any':
      return anyOf(requirement.requirements.map(judgeOf))
    case 'every':
      return everyOf(requirement.requirements.map(judgeOf))
    case 'none':
      return negate(anyOf(requirement.requirements.map(judgeOf)))
    default:
      return requirement satisfies never
  }
}

/** Before an IPv4 address, as the kernel writes the IPv6 address that it is mapped to. */
const MAPPED = '::ffff:'

function judgeOfNetworks(networks: readonly Network[]): Judge {
  const holds = holderOf(networks)
  return ({ address }) => (holds(address) ? 'granted' : 'denied')
}

/** Tells of addresses, as the kernel writes them, with a zone or without, whether any of these networks holds them. */
export function holderOf(networks: readonly Network[]): (address: string) => boolean {
  // One list of both would take clients of IPv4 for a part of `::/0`.
  const lists = { ipv4: new BlockList(), ipv6: new BlockList() }
  for (const { address, prefix, family } of networks) lists[family].addSubnet(address, prefix, family)
  return address => {
    const [withoutZone = ''] = address.split('%', 1)
    const ipv4 = withoutZone.startsWith(MAPPED) ? withoutZone.slice(MAPPED.length) : withoutZone
    return isIPv4(ipv4) ? lists.ipv4.check(ipv4, 'ipv4') : lists.ipv6.check(withoutZone, 'ipv6')
  }
}

function forUser(user: User | undefined, isMeant: () => boolean | undefined): Fulfilment {
  if (user === undefined) return 'needs user'
  const is = isMeant()
  if (is === undefined) return 'unknown'
  return is ? 'granted' : 'denied'
}

/** Being in one of them is enough, though of another it cannot be told. */
function isInAny(user: User | undefined, groups: readonly string[]): boolean | undefined {
  const found = groups.map(group => user?.isIn(group))
  if (found.includes(undefined)) return undefined
  return found.includes(true)
}

/** What is not refused is not granted by that: it says nothing. */
function negate(judge: Judge): Judge {
  return asker => {
    const fulfilment = judge(asker)
    if (fulfilment === 'granted') return 'denied'
    return fulfilment === 'unknown' ? 'unknown' : 'neutral'
  }
}

function anyOf(judges: readonly Judge[]): Judge {
  return asker => strongest(judges, asker, ['unknown', 'granted', 'needs user', 'denied'])
}

function everyOf(judges: readonly Judge[]): Judge {
  return asker => strongest(judges, asker, ['unknown', 'denied', 'needs user', 'granted'])
}

/** The first of these that one of them says; neutral when none says any. */
function strongest(judges: readonly Judge[], asker: Asker, order: readonly Fulfilment[]): Fulfilment {
  const said = new Set(judges.map(judge => judge(asker)))
  return order.find(fulfilment => said.has(fulfilment)) ?? 'neutral'
}
