// Declaration of the privacy module.
import type { Module } from '../../platform/module.ts'

export const privacyModule: Module = { name: 'privacy' }
