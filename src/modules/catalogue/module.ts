// Declaration of the catalogue module.
import type { Module, Platform } from '../../platform/module.ts'
import { catalogueApi } from './api.ts'
import type { Catalogue } from './catalogue.ts'
import create from './migrations/0001_create_catalogue.sql'
import { searchRoutes } from './search-procedures/search-page.tsx'
import { procedureRoutes } from './show-procedure/procedure-page.tsx'

export function catalogueModule(platform: Platform, catalogue: Catalogue, options: { portalOpen: boolean }): Module {
  return {
    name: 'catalogue',
    migrations: [{ name: '0001_create_catalogue', sql: create }],
    routes: [
      ...searchRoutes(platform),
      ...procedureRoutes(platform, catalogue, options),
      ...catalogueApi(platform, catalogue),
    ],
  }
}
