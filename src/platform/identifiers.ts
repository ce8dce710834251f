// The structure of Vietnamese identifiers: what can be checked without asking anybody. Pure; the browser uses it too.

/**
 * Personal identification number (Law 26/2023 on Identification; NĐ 70/2024): 12 digits = 3 of the province of birth
 * registration, 1 of century and sex (0–9), 2 of the birth year, 6 random.
 */
export function isCitizenNumber(text: string): boolean {
  return /^0\d{11}$/.test(text) && text.slice(0, 3) >= '001' && text.slice(0, 3) <= '096'
}

const TAX_WEIGHTS = [31, 29, 23, 19, 17, 13, 7, 5, 3]

/** Tax or enterprise number: 9 digits and a check digit, a branch adds "-" and 3 digits (TT 105/2020/TT-BTC Art. 5). */
export function isTaxCode(text: string): boolean {
  if (!/^\d{10}(-\d{3})?$/.test(text)) return false
  const sum = TAX_WEIGHTS.reduce((total, weight, index) => total + weight * Number(text[index]), 0)
  return (10 - (sum % 11)) % 11 === Number(text[9]) % 11
}

/** A phone number as 0xxxxxxxxx (10 or 11 digits), or null: blanks, dots and +84 are accepted. */
export function normalisePhone(text: string): string | null {
  const digits = text.replace(/[\s.()-]/g, '').replace(/^(\+84|0084|84(?=\d{9}$))/, '0')
  return /^0[1-9]\d{8,9}$/.test(digits) ? digits : null
}

/** Something that can be an e-mail address; only a message that arrives proves more. */
export function isEmail(text: string): boolean {
  return text.length <= 254 && /^[^\s@<>"(),;:\\[\]]+@[^\s@<>"(),;:\\[\].]+(\.[^\s@<>"(),;:\\[\].]+)+$/.test(text)
}
