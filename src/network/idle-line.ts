/** A member of an idle line; the line alone sets `line`, `before` and `behind`. */
export interface IdleLineMember<Member extends IdleLineMember<Member>> {
  line: IdleLine<Member> | undefined
  before: Member | undefined
  behind: Member | undefined
  /** Whether it is still idle. */
  readonly isIdle: boolean
}

/**
 * Members in the order in which they became idle. One that is idle no longer stays in its place until it
 * comes to the head or becomes idle again, so that joining and finding the first cost the same however many
 * there are.
 */
export class IdleLine<Member extends IdleLineMember<Member>> {
  #head: Member | undefined
  #tail: Member | undefined

  /** The member that has been idle for longest. */
  get first(): Member | undefined {
    while (this.#head !== undefined && !this.#head.isIdle) this.remove(this.#head)
    return this.#head
  }

  /** Moves a member to the end of the line. */
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
