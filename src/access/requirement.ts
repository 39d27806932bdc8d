/** What `Require` asks of a request, and the sections that join several of them. */
export type Requirement =
  | { readonly kind: 'all'; readonly isGranted: boolean }
  | { readonly kind: 'ip'; readonly networks: readonly Network[] }
  | { readonly kind: 'valid-user' }
  /** Names as byte strings. */
  | { readonly kind: 'user' | 'group'; readonly names: readonly string[] }
  | { readonly kind: 'not'; readonly requirement: Requirement }
  | { readonly kind: 'any' | 'every' | 'none'; readonly requirements: readonly Requirement[] }

export interface Network {
  readonly address: string
  /** How many of its first bits count. */
  readonly prefix: number
  readonly family: 'ipv4' | 'ipv6'
}

/** Whether everybody meets it, whoever asks. */
export function isOpen(requirement: Requirement): boolean {
  return requirement.kind === 'all' && requirement.isGranted
}

/** Whether what is required may depend on who somebody is. */
export function asksForUser(requirement: Requirement): boolean {
  return names(requirement, ['valid-user', 'user', 'group'])
}

/** Whether what is required may depend on the groups of somebody. */
export function asksForGroup(requirement: Requirement): boolean {
  return names(requirement, ['group'])
}

/** Whether one of these kinds is in it, however deep. */
function names(requirement: Requirement, kinds: readonly Requirement['kind'][]): boolean {
  switch (requirement.kind) {
    case 'not':
      return names(requirement.requirement, kinds)
    case 'any':
    case 'every':
    case 'none':
      return requirement.requirements.some(each => names(each, kinds))
    default:
      return kinds.includes(requirement.kind)
  }
}

/**
 * Why requirements cannot be joined so; undefined when they can. As Apache does, refuses those that can never grant anything,
 * and where Apache would let somebody in who is named to be kept out, those too.
 */
export function objectionTo(requirement: Requirement): string | undefined {
  switch (requirement.kind) {
    case 'any':
      return objectionToAny(requirement.requirements)
    case 'every':
      return objectionToEvery(requirement.requirements)
    case 'none':
      return requirement.requirements.some(isNegative)
        ? 'what stands in <RequireNone> is refused as it is: leave its "not" out'
        : undefined
    default:
      return undefined
  }
}

function objectionToAny(requirements: readonly Requirement[]): string | undefined {
  if (!requirements.some(isNegative)) return undefined
  return '"not" and <RequireNone> grant nothing by themselves: write them into <RequireAll>, beside what grants something'
}

function objectionToEvery(requirements: readonly Requirement[]): string | undefined {
  const positive = requirements.filter(requirement => !isNegative(requirement))
  if (requirements.length > 0 && positive.length === 0)
    return '<RequireAll> has nothing that grants anything, but for "not" and <RequireNone>: add "Require all granted", or whatever is to be granted'
  const isAnybodyAsked = positive.some(requirement => !mayGrantWithoutUser(requirement))
  if (isAnybodyAsked || !requirements.some(each => isNegative(each) && asksForUser(each))) return undefined
  return 'nobody would be asked who it is, so that nobody is kept out: what grants needs no user; add "Require valid-user"'
}

function isNegative({ kind }: Requirement): boolean {
  return kind === 'not' || kind === 'none'
}

function mayGrantWithoutUser(requirement: Requirement): boolean {
  switch (requirement.kind) {
    case 'all':
      return requirement.isGranted
    case 'ip':
      return true
    case 'any':
      return requirement.requirements.some(mayGrantWithoutUser)
    case 'every':
      return requirement.requirements.every(each => isNegative(each) || mayGrantWithoutUser(each))
    default:
      return false
  }
}
