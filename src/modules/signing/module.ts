// Declaration of the signing module.
import type { Module, Platform } from '../../platform/module.ts'
import create from './migrations/0001_create_signing.sql'
import { verifyRoutes } from './verify/verify-page.tsx'

export function signingModule(platform: Platform): Module {
  return { name: 'signing', migrations: [{ name: '0001_create_signing', sql: create }], routes: verifyRoutes(platform) }
}
