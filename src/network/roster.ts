/** A member of a roster, which alone sets `place`. */
export interface RosterMember {
  place: number
}

/**
 * Members in no order, which come and go all the time.
 *
 * A Set that shrinks and grows refers from each outgrown table to the next: once one of them is in the old
 * generation of the heap, all who were ever in the others stay in memory until a full collection. With a
 * connection for each request that costs time and pauses.
 */
export class Roster<Member extends RosterMember> {
  readonly #members: Member[] = []

  get size(): number {
    return this.#members.length
  }

  /** Members may leave while they are gone through. */
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

  /** Removes a member, and tells whether it was there. */
  delete(member: Member): boolean {
    if (this.#members[member.place] !== member) return false
    const last = this.#members.pop()
    if (last === undefined || last === member) return true
    last.place = member.place
    this.#members[member.place] = last
    return true
  }
}
