/** Who is in a line, and between whom: the line sets it. */
export interface IdleLineMember<Member extends IdleLineMember<Member>> {
  line: IdleLine<Member> | undefined
  before: Member | undefined
  behind: Member | undefined
  /** Whether it is still what the members of its line are. */
  readonly isSilent: boolean
}

/**
 * Members in the order in which they fell silent. Whoever is silent no longer stays where it is until it is met at the
 * head, or falls silent again: to join costs as much, however many there are, and so does finding the first.
 */
export class IdleLine<Member extends IdleLineMember<Member>> {
  #head: Member | undefined
  #tail: Member | undefined

  /** The one that has been silent for longest. */
  get first(): Member | undefined {
    while (this.#head !== undefined && !this.#head.isSilent) this.remove(this.#head)
    return this.#head
  }

  /** Takes one to the end of the line, from wherever it was. */
  join(member: Member): void {
    if (member === this.#tail) return
    member.line?.remove(member)
    member.line = this
    member.before = this.#tail
    if (this.#tail === undefined) this.#head = member
    else this.#tail.behind = member
    this.#tail = member
  }

  remove(member: Member): void {
    if (member.line !== this) return
    const { before, behind } = member
    if (before === undefined) this.#head = behind
    else before.behind = behind
    if (behind === undefined) this.#tail = before
    else behind.before = before
    member.line = undefined
    member.before = undefined
    member.behind = undefined
  }
}
