import { expect, test } from 'vitest'
import { passwordStrength } from './password-strength.ts'

test('under ten characters is too short', () => {
  expect(passwordStrength('aB3$xY9!z')).toBe(0)
})

test.each(['aaaaaaaaaaaa', 'password1234', '1234567890', 'abcabcabcabc', 'adminadmin1'])(
  '%j is weak',
  (password) => {
    expect(passwordStrength(password)).toBe(1)
  },
)

test.each(['correct horse battery staple', 'vT9#qLw2!mZx7'])('%j is strong', (password) => {
  expect(passwordStrength(password)).toBe(4)
})

test('the own name does not count', () => {
  expect(passwordStrength('marianneweber', ['marianneweber'])).toBe(1)
})
