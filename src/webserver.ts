#!/usr/bin/env -S node --disable-sigusr1
/** Signals are minded before the rest of the program is loaded, which is most of a start. */
import './signals/held-signals.ts'

import('./program.ts')
