import { Browser } from '../../test/system/browser.ts'
import { SITE } from './site.ts'

/** How long Chromium took for a page with all its resources, none of which it had, in milliseconds. */
export interface PageLoads {
  readonly peer: string
  readonly milliseconds: readonly number[]
}

/** Of the load event of the page that is open, since the click that led to it. */
const LOADED = "performance.getEntriesByType('navigation')[0].loadEventEnd"
const RESOURCES = "performance.getEntriesByType('resource').length"

/**
 * Lets Chromium load the page of fifty resources from each server in turn, so many times.
 *
 * @param ports Of the servers, by name.
 */
export async function loadPages(
  ports: ReadonlyMap<string, number>,
  times: number,
  resourceCount: number,
): Promise<PageLoads[]> {
  await using browser = await Browser.start()
  await browser.command('Network.setCacheDisabled', { cacheDisabled: true })
  const loads = [...ports].map(([peer, port]) => ({ peer, port, milliseconds: [] as number[] }))
  // The first time is for the browser to warm up.
  for (let time = 0; time <= times; time++) {
    for (const { peer, port, milliseconds } of loads) {
      await browser.open(`http://127.0.0.1:${port}${SITE}`)
      const loaded = Number(await browser.evaluate(LOADED))
      const count = Number(await browser.evaluate(RESOURCES))
      if (count !== resourceCount)
        throw new Error(`Expected ${resourceCount} resources from ${peer}, got ${count}`)
      if (time > 0) milliseconds.push(loaded)
    }
  }
  return loads.map(({ peer, milliseconds }) => ({ peer, milliseconds }))
}
