// Keeps V8's young heap small while the program is read. Imports nothing: it comes before everything else.
import v8 from 'node:v8'

/**
 * Reading a program of this size lets the young heap grow to 48 MB, and V8 never takes them back from a process that only
 * waits after that. The factor is looked at each time the young heap would grow.
 */
export function holdYoungHeap(): void {
  v8.setFlagsFromString('--semi-space-growth-factor=1')
}

/** From here it grows as work wants it, as it would have from the start. */
export function letYoungHeapGrow(): void {
  v8.setFlagsFromString('--semi-space-growth-factor=2')
}
