import test from 'ava'
import fc from 'fast-check'
import { readDer } from '../../src/envelope/der.ts'
import { readCertificate } from '../../src/envelope/x509.ts'
import { LannerError } from '../../src/error.ts'
import { TestAuthority, withBit } from './test-authority.ts'
import { freshFolder } from './workbench.ts'

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex')
const MALFORMED = { instanceOf: LannerError, code: 'ERR_DER_MALFORMED' }

test('an encoding that BER allows and DER does not is refused', t => {
  const refused = {
    'indefinite length': '30 80 05 00 00 00',
    'length in more octets than needed': '30 81 02 05 00',
    'length with a leading zero': `30 82 00 80 ${'00'.repeat(128)}`,
    'long tag number': '1f 81 00 01 00',
    'bytes after the element': '05 00 00',
    'cut off content': '30 03 05 00',
    'cut off length': '30 82 01',
    nothing: '',
  }
  for (const [what, bytes] of Object.entries(refused)) t.throws(() => readDer(hex(bytes)), MALFORMED, what)
})

test('a value DER allows only one way is refused in any other', t => {
  t.throws(() => readDer(hex('02 02 00 7f')).integer('x'), MALFORMED)
  t.throws(() => readDer(hex('02 02 ff 80')).integer('x'), MALFORMED)
  t.throws(() => readDer(hex('02 00')).integer('x'), MALFORMED)
  t.throws(() => readDer(hex('01 01 01')).boolean('x'), MALFORMED)
  t.throws(() => readDer(hex('06 03 2a 80 01')).oid('x'), MALFORMED)
  t.throws(() => readDer(hex('06 02 2a 81')).oid('x'), MALFORMED)
  t.throws(() => readDer(hex('03 02 08 00')).bits('x'), MALFORMED)
})

test('integers and object identifiers of any size are read exactly', t => {
  t.is(readDer(hex('02 01 80')).integer('x'), -128n)
  t.is(readDer(hex('02 09 00 ff ff ff ff ff ff ff ff')).integer('x'), 0xffffffffffffffffn)
  t.is(readDer(hex('06 09 2a 86 48 86 f7 0d 01 01 0b')).oid('x'), '1.2.840.113549.1.1.11')
  t.is(readDer(hex('06 03 88 37 03')).oid('x'), '2.999.3')
  // A last arc of 2^35 + 1, beyond what 32 bits hold.
  t.is(readDer(hex('06 07 2a 81 80 80 80 80 01')).oid('x'), '1.2.34359738369')
})

test('a time is read only in UTC and only when it exists', t => {
  const time = (tag: string, text: string): Date =>
    readDer(Buffer.concat([hex(tag), Buffer.from([text.length]), Buffer.from(text)])).time('x')
  t.is(time('17', '491231235959Z').toISOString(), '2049-12-31T23:59:59.000Z')
  t.is(time('17', '500101000000Z').toISOString(), '1950-01-01T00:00:00.000Z')
  t.is(time('18', '20260601120000.12Z').toISOString(), '2026-06-01T12:00:00.120Z')
  for (const text of [
    '20260231000000Z',
    '20260601120000+0100',
    '20260601120000',
    '20260601120000.10Z',
    '202606011200Z',
  ]) {
    t.throws(() => time('18', text), MALFORMED, text)
  }
})

test('elements nested without end are refused, not followed', t => {
  let nested = Buffer.alloc(0)
  for (let depth = 0; depth < 60; depth++)
    nested = Buffer.concat([Buffer.from([0x30, nested.length]), nested])
  const follow = (bytes: Buffer): void => {
    let [element] = [readDer(bytes)]
    while (element !== undefined) element = element.children()[0] as typeof element
  }
  t.throws(() => follow(nested), MALFORMED)
})

test('no bytes whatever make the reader of certificates fail in another way than by refusing', t => {
  const certificate = new TestAuthority(freshFolder(t)).root('root').certificate.raw
  const mutated = fc
    .tuple(fc.nat(certificate.length - 1), fc.nat(7))
    .map(([at, bit]) => withBit(certificate, at, bit))
  fc.assert(
    fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 200 }).map(Buffer.from)), bytes => {
      try {
        readCertificate(bytes, 'x')
      } catch (thrown) {
        if (!(thrown instanceof LannerError) || thrown.code !== 'ERR_CERTIFICATE_FORMAT') throw thrown
      }
    }),
    { numRuns: 2000 },
  )
  t.pass()
})
