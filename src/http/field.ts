export type Field = readonly [name: string, value: string]
