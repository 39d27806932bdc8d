import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inZone } from '../../test/support/log.ts'
import { strftime } from './strftime.ts'

const EVERY_CONVERSION =
  '%a|%A|%b|%B|%c|%C|%d|%D|%e|%F|%g|%G|%h|%H|%I|%j|%k|%l|%m|%M|%p|%P|%r|%R|%s|%S|%T|%u|%U|%V|%w|%W|%x|%X|%y|%Y|%z|%Z|%%|%Ey|%Od'

// What stands on the right is what GNU date writes in the C locale.
test('writes every conversion as C does, across years, weeks and zones', t => {
  const rows: readonly (readonly [string, number, string])[] = [
    [
      'Europe/Berlin',
      1795378938,
      'Sun|Sunday|Nov|November|Sun Nov 22 21:22:18 2026|20|22|11/22/26|22|2026-11-22|26|2026|Nov|21|09|326|21| 9|11|22|PM|pm|09:22:18 PM|21:22|1795378938|18|21:22:18|7|47|47|0|46|11/22/26|21:22:18|26|2026|+0100|CET|%|26|22',
    ],
    [
      'UTC',
      1609459199,
      'Thu|Thursday|Dec|December|Thu Dec 31 23:59:59 2020|20|31|12/31/20|31|2020-12-31|20|2020|Dec|23|11|366|23|11|12|59|PM|pm|11:59:59 PM|23:59|1609459199|59|23:59:59|4|52|53|4|52|12/31/20|23:59:59|20|2020|+0000|UTC|%|20|31',
    ],
    [
      'UTC',
      1609459200,
      'Fri|Friday|Jan|January|Fri Jan  1 00:00:00 2021|20|01|01/01/21| 1|2021-01-01|20|2020|Jan|00|12|001| 0|12|01|00|AM|am|12:00:00 AM|00:00|1609459200|00|00:00:00|5|00|53|5|00|01/01/21|00:00:00|21|2021|+0000|UTC|%|21|01',
    ],
    [
      'America/New_York',
      1230768000,
      'Wed|Wednesday|Dec|December|Wed Dec 31 19:00:00 2008|20|31|12/31/08|31|2008-12-31|09|2009|Dec|19|07|366|19| 7|12|00|PM|pm|07:00:00 PM|19:00|1230768000|00|19:00:00|3|52|01|3|52|12/31/08|19:00:00|08|2008|-0500|EST|%|08|31',
    ],
    [
      'Asia/Kolkata',
      1104516000,
      'Fri|Friday|Dec|December|Fri Dec 31 23:30:00 2004|20|31|12/31/04|31|2004-12-31|04|2004|Dec|23|11|366|23|11|12|30|PM|pm|11:30:00 PM|23:30|1104516000|00|23:30:00|5|52|53|5|52|12/31/04|23:30:00|04|2004|+0530|IST|%|04|31',
    ],
    [
      'America/Sao_Paulo',
      951782400,
      'Mon|Monday|Feb|February|Mon Feb 28 21:00:00 2000|20|28|02/28/00|28|2000-02-28|00|2000|Feb|21|09|059|21| 9|02|00|PM|pm|09:00:00 PM|21:00|951782400|00|21:00:00|1|09|09|1|09|02/28/00|21:00:00|00|2000|-0300|-03|%|00|28',
    ],
  ]

  for (const [zone, time, expected] of rows) {
    inZone(t, zone)
    assert.equal(strftime(EVERY_CONVERSION)(new Date(time * 1000)), expected)
  }
})

test('the forenoon ends with the first minute of twelve', t => {
  inZone(t, 'UTC')
  const times = ['11:59', '12:00', '00:00'].map(time => new Date(`2026-11-22T${time}:00Z`))
  assert.deepEqual(times.map(strftime('%I %p %P')), ['11 AM am', '12 PM pm', '12 AM am'])
})

test('writes line end and tab, and leaves alone what it does not know', () => {
  assert.equal(strftime('%n%t%Q %E %')(new Date(0)), '\n\t%Q %E %')
})
