// Declaration of the notifications module.
import type { Module, Platform } from '../../platform/module.ts'
import create from './migrations/0001_create_messages.sql'
import analyseRarely from './migrations/0002_analyse_rarely.sql'
import { sendJob } from './notify.ts'
import type { Carriers } from './ports.ts'

export function notificationsModule(platform: Platform, carriers: Carriers): Module {
  return {
    name: 'notifications',
    migrations: [
      { name: '0001_create_messages', sql: create },
      { name: '0002_analyse_rarely', sql: analyseRarely },
    ],
    sealed: [
      {
        table: 'notifications.message',
        id: ['id'],
        column: 'address',
        use: 'field',
        bound: ([id]) => `message:${id}:address`,
      },
      {
        table: 'notifications.message',
        id: ['id'],
        column: 'content',
        use: 'payload',
        bound: ([id]) => `message:${id}:content`,
      },
    ],
    jobs: [sendJob(platform, carriers)],
  }
}
