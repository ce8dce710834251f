// The texts of the platform itself: errors, page frame, form controls.

import en from './texts.en.json' with { type: 'json' }
import { defineTexts } from './texts.ts'
import vi from './texts.vi.json' with { type: 'json' }

export const coreTexts = defineTexts({ vi, en })
