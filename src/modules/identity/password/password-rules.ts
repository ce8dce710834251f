// Which passwords will do: long enough, and not among those that a guesser tries first (NIST SP 800-63B §5.1.1.2; ASVS 5.0 §6.2).
import type { ZxcvbnFactory } from '@zxcvbn-ts/core'
import { compose } from '../../../platform/text.ts'

export type PasswordFault = 'short' | 'long' | 'common'

/** Guesses that a password must outlast: below 10^6 a list of common ones and their variations finds it. */
const LEAST_SCORE = 2
/** What everybody here would think of. */
const AROUND = ['motcua', 'matkhau', 'vietnam', 'congdan', 'canbo', 'dichvucong', 'hanhchinh', 'anhyeuem', 'emyeuanh']

/** The estimator's time grows with the square of what it finds: it is shown so much and no more. */
const MOST_JUDGED = 64
const MOST_WORDS = 12
const LONGEST_WORD = 40

export interface PasswordRules {
  /** Why a password is refused, null when it will do. `about`: names and numbers of its holder, which guessers know. */
  fault(password: string, about: readonly string[]): Promise<PasswordFault | null>
}

/** The rules; the list of common passwords is read when first needed and kept by this value. */
export function passwordRules(): PasswordRules {
  let estimator: Promise<ZxcvbnFactory> | undefined
  const load = async (): Promise<ZxcvbnFactory> => {
    const [{ ZxcvbnFactory }, common] = await Promise.all([
      import('@zxcvbn-ts/core'),
      import('@zxcvbn-ts/language-common'),
    ])
    return new ZxcvbnFactory({ dictionary: { ...common.dictionary }, graphs: common.adjacencyGraphs })
  }
  return {
    async fault(password, about) {
      if (password.length < 10) return 'short'
      if (password.length > 200) return 'long'
      estimator ??= load()
      const words = about
        .flatMap(each => [each, ...each.split(/\s+/, MOST_WORDS)])
        .filter(word => word.length > 2 && word.length <= LONGEST_WORD)
        .slice(0, MOST_WORDS)
      const { score } = (await estimator).check(compose(password).slice(0, MOST_JUDGED), [...AROUND, ...words])
      return score < LEAST_SCORE ? 'common' : null
    },
  }
}
