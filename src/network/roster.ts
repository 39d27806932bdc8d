/** Who is in a roster, and where: the roster sets it. */
export interface RosterMember {
  place: number
}

/**
 * Members in no order, that come and go all the time. Unlike a Set it leaves nothing behind: the tables of a Set that
 * were outgrown refer each to the next, so that once one of them is old, all who were ever in the others stay in memory until a
 * full collection. With a connection for each request that took a tenth of the CPU time, and pauses of 12 ms.
 */
export class Roster<Member extends RosterMember> {
  readonly #members: Member[] = []

  get size(): number {
    return this.#members.length
  }

  /** Members may leave meanwhile. */
  *[Symbol.iterator](): Generator<Member> {
    for (let place = this.#members.length - 1; place >= 0; place--) {
      const member = this.#members[place]
      if (member !== undefined) yield member
    }
  }

  add(member: Member): void {
    member.place = this.#members.length
    this.#members.push(member)
  }

  /** Whether it was there. */
  delete(member: Member): boolean {
    if (this.#members[member.place] !== member) return false
    const last = this.#members.pop()
    if (last === undefined || last === member) return true
    last.place = member.place
    this.#members[member.place] = last
    return true
  }
}
