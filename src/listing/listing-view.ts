const SORT_KEYS = ['name', 'size', 'modified'] as const
const ORDERS = ['ascending', 'descending'] as const
const FORMATS = ['html', 'json'] as const

export type SortKey = (typeof SORT_KEYS)[number]
export type Order = (typeof ORDERS)[number]

/** How a listing is asked for, by the query `?sort=…&order=…&format=…`. */
export interface ListingView {
  readonly sort: SortKey
  readonly order: Order
  readonly format: (typeof FORMATS)[number]
}

/** Reads a query, with its `?` or empty; what is unknown in it is as if it were not there. */
export function readListingView(query: string): ListingView {
  const parameters = new URLSearchParams(query)
  return {
    sort: SORT_KEYS.find(key => key === parameters.get('sort')) ?? 'name',
    order: ORDERS.find(order => order === parameters.get('order')) ?? 'ascending',
    format: FORMATS.find(format => format === parameters.get('format')) ?? 'html',
  }
}
