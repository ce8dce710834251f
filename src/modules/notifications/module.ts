// Declaration of the notifications module.
import type { Module, Platform } from '../../platform/module.ts'
import create from './migrations/0001_create_messages.sql'
import { sendJob } from './notify.ts'
import type { Carriers } from './ports.ts'

export function notificationsModule(platform: Platform, carriers: Carriers): Module {
  return {
    name: 'notifications',
    migrations: [{ name: '0001_create_messages', sql: create }],
    jobs: [sendJob(platform, carriers)],
  }
}
