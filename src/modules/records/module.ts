// Declaration of the records module.
import type { Module } from '../../platform/module.ts'
import create from './migrations/0001_create_books.sql'
import analyseRarely from './migrations/0002_analyse_rarely.sql'

export const recordsModule: Module = {
  name: 'records',
  migrations: [
    { name: '0001_create_books', sql: create },
    { name: '0002_analyse_rarely', sql: analyseRarely },
  ],
}
