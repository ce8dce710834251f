// Declaration of the signing module.
import type { Module, Platform } from '../../platform/module.ts'
import create from './migrations/0001_create_signing.sql'
import analyseRarely from './migrations/0002_analyse_rarely.sql'
import { verifyRoutes } from './verify/verify-page.tsx'

export function signingModule(platform: Platform): Module {
  return {
    name: 'signing',
    migrations: [
      { name: '0001_create_signing', sql: create },
      { name: '0002_analyse_rarely', sql: analyseRarely },
    ],
    sealed: [
      {
        table: 'signing.authority',
        id: ['id'],
        column: 'private_key',
        use: 'signing-key',
        bound: ([id]) => `authority:${id}`,
      },
      { table: 'signing.key', id: ['id'], column: 'private_key', use: 'signing-key', bound: ([id]) => `key:${id}` },
      { table: 'signing.intent', id: ['id'], column: 'request', use: 'payload', bound: ([id]) => `intent:${id}` },
    ],
    routes: verifyRoutes(platform),
  }
}
