// Examples of a component as data: the gallery, the unit tests and axe all draw the same ones.
import type { VNode } from 'preact'

export interface Example {
  readonly name: string
  readonly draw: () => VNode
}
/** Keeps the type of a list of examples. */
export const examples = (list: readonly Example[]): readonly Example[] => list
