// THE ordered list: the map of the product. A module may only know the modules before it.
import { catalogueModule } from '../modules/catalogue/module.ts'
import type { House } from '../modules/dossier/index.ts'
import { dossierModule } from '../modules/dossier/module.ts'
import type { EidProvider } from '../modules/identity/index.ts'
import { type IdentityOptions, identityModule } from '../modules/identity/module.ts'
import type { Carriers } from '../modules/notifications/index.ts'
import { notificationsModule } from '../modules/notifications/module.ts'
import { organisationModule } from '../modules/organisation/module.ts'
import { privacyModule } from '../modules/privacy/module.ts'
import { recordsModule } from '../modules/records/module.ts'
import type { LetterActs, TimestampPort } from '../modules/signing/index.ts'
import { signingModule } from '../modules/signing/module.ts'
import createPlatform from '../platform/db/migrations/0001_create_platform.sql'
import countReferenceVersions from '../platform/db/migrations/0002_count_reference_versions.sql'
import unlogAttempts from '../platform/db/migrations/0003_unlog_attempts.sql'
import enqueueQuietly from '../platform/db/migrations/0004_enqueue_quietly.sql'
import rememberKeys from '../platform/db/migrations/0005_remember_keys.sql'
import analyseRarely from '../platform/db/migrations/0006_analyse_rarely.sql'
import auditNetwork from '../platform/db/migrations/0007_audit_network.sql'
import showMigrations from '../platform/db/migrations/0008_show_migrations.sql'
import type { Module } from '../platform/module.ts'

export interface ModuleParts {
  readonly house: House
  readonly carriers: Carriers
  readonly eid: EidProvider | null
  readonly acts: LetterActs
  readonly timestamps: TimestampPort | null
  readonly demo: IdentityOptions['demo']
}

export function listModules(parts: ModuleParts): readonly Module[] {
  const { house } = parts
  return [
    {
      name: 'platform',
      migrations: [
        { name: '0001_create_platform', sql: createPlatform },
        { name: '0002_count_reference_versions', sql: countReferenceVersions },
        { name: '0003_unlog_attempts', sql: unlogAttempts },
        { name: '0004_enqueue_quietly', sql: enqueueQuietly },
        { name: '0005_remember_keys', sql: rememberKeys },
        { name: '0006_analyse_rarely', sql: analyseRarely },
        { name: '0007_audit_network', sql: auditNetwork },
        { name: '0008_show_migrations', sql: showMigrations },
      ],
    },
    // foundation
    notificationsModule(house, parts.carriers),
    organisationModule,
    identityModule(house, {
      eid: parts.eid,
      reach: { phone: parts.carriers.sms !== null, email: parts.carriers.email !== null },
      demo: parts.demo,
    }),
    recordsModule,
    // capabilities
    signingModule(house),
    // business
    catalogueModule(house, house.catalogue, { portalOpen: house.portalOpen }),
    dossierModule(house, { acts: parts.acts, timestamps: parts.timestamps }),
    // across
    privacyModule,
  ]
}
