// Declaration of the organisation module.
import type { Module } from '../../platform/module.ts'
import create from './migrations/0001_create_organisation.sql'

export const organisationModule: Module = {
  name: 'organisation',
  migrations: [{ name: '0001_create_organisation', sql: create }],
}
