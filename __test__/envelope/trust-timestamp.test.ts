import test from 'ava'
import { checkTimestamp } from '../../src/envelope/timestamp.ts'
import { meetsTimestampLimits } from '../../src/envelope/timestamp-constraint.ts'
import { asTimestampAuthority, TestAuthority, withBit } from './test-authority.ts'
import { forgeToken, PLAIN_DATA, TST_INFO } from './test-token.ts'
import { freshFolder } from './workbench.ts'

const STAMPED = Buffer.from('the bytes of a signature')

test('a token made by openssl proves the time under its root and under the certificate that signed it', t => {
  const authority = new TestAuthority(freshFolder(t))
  const root = authority.root('root')
  const stamper = authority.stamper('stamper', root)
  const before = Date.now()
  const token = authority.stamp(stamper, STAMPED)
  for (const anchor of [root, stamper]) {
    const answer = checkTimestamp(token, STAMPED, asTimestampAuthority(anchor))
    t.true(answer.ok, answer.ok ? '' : answer.why)
    if (answer.ok) t.true(Math.abs(answer.time.getTime() - before) < 60_000)
  }
  t.false(checkTimestamp(token, STAMPED, asTimestampAuthority(authority.root('stranger'))).ok)
  t.false(checkTimestamp(token, Buffer.from('other bytes'), asTimestampAuthority(root)).ok)
  t.false(checkTimestamp(Buffer.concat([token, Buffer.from([0])]), STAMPED, asTimestampAuthority(root)).ok)
})

test('no changed bit of a token moves its time or its signer', t => {
  const authority = new TestAuthority(freshFolder(t))
  const root = authority.root('root')
  const token = authority.stamp(authority.stamper('stamper', root), STAMPED)
  const whole = checkTimestamp(token, STAMPED, asTimestampAuthority(root))
  if (!whole.ok) return t.fail(whole.why)
  let refused = 0
  for (let at = 0; at < token.length; at++) {
    const answer = checkTimestamp(withBit(token, at, at % 8), STAMPED, asTimestampAuthority(root))
    if (!answer.ok) refused++
    else {
      t.deepEqual(answer.time, whole.time)
      t.deepEqual(answer.signer.raw, whole.signer.raw)
    }
  }
  // What may change is what nothing rests on: versions and the list of digest algorithms.
  t.true(refused > token.length - 40, `${token.length - refused} changed tokens were accepted`)
})

test('no beginning of a token is a token', t => {
  const authority = new TestAuthority(freshFolder(t))
  const root = authority.root('root')
  const token = authority.stamp(authority.stamper('stamper', root), STAMPED)
  for (let length = 0; length < token.length; length += 7) {
    t.false(checkTimestamp(token.subarray(0, length), STAMPED, asTimestampAuthority(root)).ok)
  }
})

test('a token must stamp a time, be signed once, name its signer and hold nothing it forbids to overlook', t => {
  const authority = new TestAuthority(freshFolder(t))
  const root = authority.root('root')
  const stamper = authority.stamper('stamper', root)
  const check = (forgery: Parameters<typeof forgeToken>[2]): string => {
    const answer = checkTimestamp(forgeToken(stamper, STAMPED, forgery), STAMPED, asTimestampAuthority(root))
    return answer.ok ? 'accepted' : answer.why
  }
  t.is(check({}), 'accepted')
  t.is(check({ digest: 'sha512' }), 'accepted')
  t.regex(check({ digest: 'sha1' }), /digest not accepted/)
  t.regex(check({ contentType: PLAIN_DATA }), /stamps no time/)
  t.regex(check({ contentType: PLAIN_DATA, signedContentType: TST_INFO }), /content type is another one/)
  t.regex(check({ signedContentType: PLAIN_DATA }), /content type is another one/)
  t.regex(check({ signers: 2 }), /exactly one signer/)
  t.regex(check({ signers: 0 }), /exactly one signer/)
  t.regex(check({ criticalExtension: true }), /must be understood/)
  t.regex(check({ namedCertificate: root.certificate.raw }), /another certificate/)
  t.regex(check({ time: '20200101000000Z' }), /valid from/)
  t.regex(check({ time: '20990101000000Z' }), /valid until/)
})

test('only a certificate that is critically for timestamps and nothing else may stamp', t => {
  const authority = new TestAuthority(freshFolder(t))
  const root = authority.root('root')
  const usages = {
    none: 'basicConstraints=CA:FALSE',
    uncritical: 'extendedKeyUsage=timeStamping',
    other: 'extendedKeyUsage=critical,codeSigning',
    both: 'extendedKeyUsage=critical,timeStamping,codeSigning',
    any: 'extendedKeyUsage=critical,anyExtendedKeyUsage',
  }
  for (const [name, usage] of Object.entries(usages)) {
    const stamper = authority.stamper(name, root, [usage])
    const answer = checkTimestamp(forgeToken(stamper, STAMPED), STAMPED, asTimestampAuthority(root))
    t.regex(answer.ok ? 'accepted' : answer.why, /not for timeStamping alone/, name)
  }
})

const at = (iso: string): Date => new Date(iso)
const nanos = (iso: string): bigint => BigInt(Date.parse(iso)) * 1_000_000n
const HOUR = 3_600_000_000_000n

test('limits hold for the earliest timestamp, and for no timestamp at all they fail', t => {
  const now = at('2026-06-01T12:00:00Z')
  const old = at('2026-06-01T08:00:00Z')
  const fresh = at('2026-06-01T11:30:00Z')
  const holds = (limits: Parameters<typeof meetsTimestampLimits>[0], ...stamps: Date[]): boolean =>
    meetsTimestampLimits(limits, stamps, now).ok
  t.false(holds({ maxAge: 1000n * HOUR }))
  t.true(holds({ maxAge: HOUR }, fresh))
  t.false(holds({ maxAge: HOUR }, fresh, old))
  t.true(holds({ notBefore: nanos('2026-06-01T08:00:00Z') }, old))
  t.false(holds({ notBefore: nanos('2026-06-01T08:00:01Z') }, old, fresh))
  t.true(holds({ notAfter: nanos('2026-06-01T09:00:00Z') }, old, fresh))
  t.false(holds({ notAfter: nanos('2026-06-01T09:00:00Z') }, fresh))
})

test('a timestamp from the future is not fresh beyond what clocks differ by', t => {
  const now = at('2026-06-01T12:00:00Z')
  t.true(meetsTimestampLimits({ maxAge: HOUR }, [at('2026-06-01T12:04:59Z')], now).ok)
  t.false(meetsTimestampLimits({ maxAge: HOUR }, [at('2026-06-01T12:05:01Z')], now).ok)
})
