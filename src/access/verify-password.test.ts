import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openCryptLibrary } from './crypt-library.ts'
import { canVerify, verifyPassword } from './verify-password.ts'

const PASSWORD = 'pä ss:wort'
/** As htpasswd of Apache 2.4.71 and crypt(3) of libxcrypt 4.4.33 have made them. */
const HASHES = {
  $2y$: '$2y$05$xixSYPOzWnXRe59FOn3SPOUT.fDdk9T/4YvvZY/scOkJZdAF0tAWG',
  $apr1$: '$apr1$We7C9Kdm$o/CSrOb/Lws1JFybrlckp1',
  $1$: '$1$saltsalt$PkmTg18GGHkIAXpqntPyQ.',
  '{SHA}': '{SHA}hu9pgHfCekd9bflt8YLPCXwhOFQ=',
  $5$: '$5$oQqjSGkD2dAeP8vL$ROCuRU8Y3gbbpMTCfXZm3IA62tmmX1oy3jjFT0SdiA7',
  $6$: '$6$rounds=1000$saltsalt$2hetu1LoY8yHof/bmhs6o8tz9XCJ1H66cMeJUueBzaIfM697zaa/mswxEHxjZbHHL0ZTnPkankW3aBA5uogYQ0',
  $y$: '$y$j75$F5Jx5fExrKuPp53xLKQ..1$TY7HK0TKD0PAwBsmA2//6BNGdkgOwxLk79LLmVQOlF5',
}

const verify = (password: string, hash: string) => verifyPassword(Buffer.from(password), hash)
const verifyWithoutLibrary = (password: string, hash: string) =>
  verifyPassword(Buffer.from(password), hash, 'none')

describe('a password is compared with a hash as htpasswd and mkpasswd write it', () => {
  for (const [kind, hash] of Object.entries(HASHES)) {
    test(kind, () => {
      assert.equal(verify(PASSWORD, hash), 'right')
      for (const wrong of ['', 'pä ss', 'pä ss:wort ', 'Pä ss:wort'])
        assert.equal(verify(wrong, hash), 'wrong')
    })
  }

  test('$2a$ and $2b$, which are what $2y$ is', () => {
    for (const prefix of ['$2a$', '$2b$']) {
      assert.equal(verify(PASSWORD, HASHES['$2y$'].replace('$2y$', prefix)), 'right')
      assert.equal(verify('another', HASHES['$2y$'].replace('$2y$', prefix)), 'wrong')
    }
  })

  test('$apr1$ of passwords that are empty, and longer than a block of MD5', () => {
    assert.equal(verify('', '$apr1$/boa3OCj$O4/zMCOZnjfvJo4Qk4X5B.'), 'right')
    const long = 'a long password of more than sixteen bytes'
    assert.equal(verify(long, '$apr1$iXbI2QpJ$X5vQ3qRY.n8jqvFyOb6wD/'), 'right')
    assert.equal(verify(long.slice(0, -1), '$apr1$iXbI2QpJ$X5vQ3qRY.n8jqvFyOb6wD/'), 'wrong')
  })
})

test('without libcrypt the kinds that htpasswd makes by default are compared all the same, and others are not guessed', () => {
  for (const kind of ['$2y$', '$apr1$', '$1$', '{SHA}'] as const) {
    assert.equal(verifyWithoutLibrary(PASSWORD, HASHES[kind]), 'right', kind)
    assert.equal(verifyWithoutLibrary('another', HASHES[kind]), 'wrong', kind)
  }
  for (const kind of ['$5$', '$6$', '$y$'] as const)
    assert.equal(verifyWithoutLibrary(PASSWORD, HASHES[kind]), 'unsupported', kind)
  for (const hash of Object.values(HASHES)) {
    assert.equal(canVerify(hash, 'none'), verifyWithoutLibrary(PASSWORD, hash) !== 'unsupported', hash)
    assert.equal(
      canVerify(hash, () => undefined),
      true,
      hash,
    )
  }
  assert.equal(canVerify(PASSWORD, 'none'), false)
})

test('neither a password that stands there as it is lets anybody in, nor one by DES, nor half a hash', () => {
  const des = openCryptLibrary()?.(Buffer.from(PASSWORD), 'ab') ?? 'abmissing'
  for (const hash of [PASSWORD, '', '*', '!', des, HASHES['$2y$'].slice(0, -1), `${HASHES['{SHA}']}x`])
    assert.equal(verify(PASSWORD, hash), 'unsupported')
  assert.equal(verify('', ''), 'unsupported')
})
