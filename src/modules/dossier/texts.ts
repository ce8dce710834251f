// The texts of the dossier.
import { defineTexts } from '../../platform/i18n/texts.ts'
import en from './texts.en.json' with { type: 'json' }
import vi from './texts.vi.json' with { type: 'json' }

export const texts = defineTexts({ vi, en })
export type DossierTextKey = keyof typeof vi
