// Declaration of the organisation module.
import type { Module } from '../../platform/module.ts'
import create from './migrations/0001_create_organisation.sql'
import raiseReference from './migrations/0002_raise_reference_version.sql'

export const organisationModule: Module = {
  name: 'organisation',
  migrations: [
    { name: '0001_create_organisation', sql: create },
    { name: '0002_raise_reference_version', sql: raiseReference },
  ],
}
