/** Places at the head of a line that may be empty before it moves up. */
const MOST_EMPTY = 512

/**
 * Members in the order in which they came, each with the time it joined. Joining and leaving at the head cost
 * far less than in a Map; leaving from the middle, which is rare, scans the line.
 */
export class WaitingLine<Member> {
  #members: (Member | undefined)[] = []
  #times: number[] = []
  /** The place of the first member. */
  #head = 0

  get size(): number {
    return this.#members.length - this.#head
  }

  /** When the first member joined; undefined when there is none. */
  get firstSince(): number | undefined {
    return this.#times[this.#head]
  }

  *[Symbol.iterator](): Generator<readonly [member: Member, since: number]> {
    for (let place = this.#head; place < this.#members.length; place++) {
      const member = this.#members[place]
      if (member !== undefined) yield [member, this.#times[place] ?? Number.NaN]
    }
  }

  add(member: Member, since: number): void {
    this.#members.push(member)
    this.#times.push(since)
  }

  /** Removes and returns the first member; undefined when there is none. */
  take(): Member | undefined {
    const first = this.#members[this.#head]
    if (first === undefined) return undefined
    this.#members[this.#head] = undefined
    this.#head++
    if (this.#head === this.#members.length || this.#head > MOST_EMPTY) this.#moveUp()
    return first
  }

  /** Removes a member, if it is in the line. */
  remove(member: Member): void {
    const place = this.#members.indexOf(member, this.#head)
    if (place < 0) return
    this.#members.splice(place, 1)
    this.#times.splice(place, 1)
  }

  #moveUp(): void {
    this.#members.splice(0, this.#head)
    this.#times.splice(0, this.#head)
    this.#head = 0
  }
}
