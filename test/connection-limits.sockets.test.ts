import { House } from './support/house.ts'

// The same over sockets, for a Node that does not show their handles.
House.means = 'sockets'
await import('./connection-limits.test.ts')
