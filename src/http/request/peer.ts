/** Who sends requests; what is known of it when the first of them is judged holds for all of them. */
export interface Peer {
  /** An IP address, or `-` where it is not known. */
  readonly address: string
  readonly port: number
}
