// Which passwords will do: long enough, and not among those that a guesser tries first (NIST SP 800-63B §5.1.1.2; ASVS 5.0 §6.2).
import type { ZxcvbnFactory } from '@zxcvbn-ts/core'

export type PasswordFault = 'short' | 'long' | 'common'

/** Guesses that a password must outlast: below 10^6 a list of common ones and their variations finds it. */
const LEAST_SCORE = 2
/** What everybody here would think of. */
const AROUND = ['motcua', 'matkhau', 'vietnam', 'congdan', 'canbo', 'dichvucong', 'hanhchinh', 'anhyeuem', 'emyeuanh']

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
      const words = about.flatMap(each => [each, ...each.split(/\s+/)]).filter(word => word.length > 2)
      const { score } = (await estimator).check(password.normalize('NFC'), [...AROUND, ...words])
      return score < LEAST_SCORE ? 'common' : null
    },
  }
}
