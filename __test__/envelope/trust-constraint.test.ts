import test, { type ExecutionContext } from 'ava'
import fc from 'fast-check'
import {
  type CertificateConstraint,
  matchesCertificateConstraint,
} from '../../src/envelope/certificate-constraint.ts'
import { parseGlob } from '../../src/envelope/glob.ts'
import type { X509 } from '../../src/envelope/x509.ts'
import { TestAuthority } from './test-authority.ts'
import { freshFolder } from './workbench.ts'

const ANYTHING = {
  commonname: '*',
  dnsnames: ['*'],
  emails: ['*'],
  organizations: ['*'],
  uris: ['*'],
  roots: ['*'],
}

function certificateWith(t: ExecutionContext, ...extensions: readonly string[]): X509 {
  const authority = new TestAuthority(freshFolder(t))
  return authority.leaf('CI Signer', authority.root('root'), extensions).certificate
}

function meets(certificate: X509, constraint: CertificateConstraint, emptyMatchesEmpty = false): boolean {
  const all = { ...ANYTHING, ...constraint }
  return matchesCertificateConstraint(certificate, all, { rootIds: ['mine'], emptyMatchesEmpty }).ok
}

test('globs match runs, single characters, classes and alternatives, and nothing else', t => {
  const matching: [string, string][] = [
    ['*', ''],
    ['*', 'a/b.c'],
    ['a*c', 'abc'],
    ['a*c', 'ac'],
    ['*a*b*', 'xxaxxbxx'],
    ['a?c', 'aßc'],
    ['[a-c]x', 'bx'],
    ['[!a-c]x', 'dx'],
    ['[abc]', 'c'],
    ['{one,two*}', 'two and more'],
    ['{a,{b,c}}d', 'cd'],
    ['\\*', '*'],
    ['a,b}', 'a,b}'],
  ]
  const differing: [string, string][] = [
    ['a*a', 'a'],
    ['?', ''],
    ['{,a}', ''],
    ['a?c', 'ac'],
    ['[a-c]', 'd'],
    ['[!a]', 'a'],
    ['{one,two}', 'onetwo'],
    ['abc', 'abcd'],
    ['abc', 'xabc'],
  ]
  for (const [pattern, text] of matching) t.true(parseGlob(pattern)?.matches(text), `${pattern} ~ ${text}`)
  for (const [pattern, text] of differing) t.false(parseGlob(pattern)?.matches(text), `${pattern} ≁ ${text}`)
  for (const pattern of ['[a', '[', '{a', '{a,b', '\\', '[z-a]', '[]', '{'.repeat(40)]) {
    t.is(parseGlob(pattern), undefined, pattern)
  }
})

test('a text without special characters matches itself alone', t => {
  const text = fc.stringMatching(/^[a-z:/.@-]{1,12}$/)
  fc.assert(fc.property(text, text, (one, other) => parseGlob(one)?.matches(other) === (one === other)))
  t.pass()
})

test('no pattern takes longer than its length times that of the text', t => {
  const started = process.hrtime.bigint()
  t.false(parseGlob(`${'*a'.repeat(200)}b`)?.matches('a'.repeat(2000)))
  t.false(parseGlob(`${'{a,aa}'.repeat(60)}b`)?.matches('a'.repeat(100)))
  t.true(process.hrtime.bigint() - started < 5_000_000_000n)
})

test('each listed name needs one in the certificate, and none may be left over', t => {
  const certificate = certificateWith(t, 'subjectAltName=DNS:a.example.org,DNS:b.example.org')
  const dns = (...dnsnames: string[]): boolean => meets(certificate, { dnsnames })
  t.true(dns('b.example.org', 'a.example.org'))
  t.true(dns('a.example.org', '*.example.org'))
  t.true(dns('*.example.org', '*.EXAMPLE.org'))
  t.true(dns('nothing', '*'))
  t.false(dns('a.example.org'))
  t.false(dns('*.example.org'))
  t.false(dns('a.example.org', 'a.example.org'))
  t.false(dns('A.example.org', 'b.example.org'))
  t.false(dns('a.example.org', 'b.example.org', '*.example.org'))
  t.false(dns())
  t.false(dns(''))
})

test('an empty list agrees with a certificate without such names only where that is asked for', t => {
  const certificate = certificateWith(t, 'basicConstraints=CA:FALSE')
  t.false(meets(certificate, { uris: [] }))
  t.true(meets(certificate, { uris: [] }, true))
  t.true(meets(certificate, { uris: [''] }, true))
  t.false(meets(certificate, { uris: ['x'] }, true))
})

test('a common name is compared without case, and naming none admits none', t => {
  const certificate = certificateWith(t, 'basicConstraints=CA:FALSE')
  for (const commonname of ['CI Signer', 'ci signer', 'CI *', '{cd,ci} signer', '*']) {
    t.true(meets(certificate, { commonname }), commonname)
  }
  for (const commonname of ['', 'CI', 'CD *', 'CI Signer\u0000', '[', undefined, null]) {
    t.false(meets(certificate, { commonname }), String(commonname))
    t.false(meets(certificate, { commonname }, true), String(commonname))
  }
})

test('roots are those the certificate was found to lead to', t => {
  const certificate = certificateWith(t, 'basicConstraints=CA:FALSE')
  const under = (rootIds: string[], roots: string[] | null): boolean =>
    matchesCertificateConstraint(certificate, { ...ANYTHING, roots }, { rootIds, emptyMatchesEmpty: true }).ok
  t.true(under(['mine'], ['other', 'mine']))
  t.true(under(['mine'], ['other', '*']))
  t.false(under(['mine'], ['other']))
  t.false(under([], ['*']))
  t.false(under(['mine'], []))
  t.false(under(['mine'], null))
})

test('required policies must be there, and must be object identifiers', t => {
  const certificate = certificateWith(t, 'certificatePolicies=1.2.3.4')
  t.true(meets(certificate, { requiredpolicyoids: ['1.2.3.4'] }))
  t.false(meets(certificate, { requiredpolicyoids: ['1.2.3.4', '1.2.3.5'] }))
  t.false(meets(certificate, { requiredpolicyoids: ['1.2.3'] }))
  t.false(meets(certificate, { requiredpolicyoids: ['abc'] }))
})

test('fields of Fulcio are compared, the newer issuer first, and a field not known is refused', t => {
  const certificate = certificateWith(
    t,
    '1.3.6.1.4.1.57264.1.1=ASN1:FORMAT:ASCII,IA5:old',
    '1.3.6.1.4.1.57264.1.8=ASN1:UTF8:https://token.example.org',
    '1.3.6.1.4.1.57264.1.12=ASN1:UTF8:https://github.com/org/repo',
    '1.3.6.1.4.1.57264.1.13=DER:0c02c328',
  )
  const fields = (extensions: Record<string, unknown>): boolean => meets(certificate, { extensions })
  t.true(fields({ issuer: 'https://token.example.org' }))
  t.true(
    fields({
      Issuer: 'https://*.example.org',
      sourceRepositoryURI: 'https://github.com/org/*',
      buildTrigger: '',
    }),
  )
  t.false(fields({ issuer: 'https://TOKEN.example.org' }))
  t.false(fields({ issuer: 'old' }))
  t.false(fields({ runnerEnvironment: 'github-hosted' }))
  t.false(fields({ runnerEnvironment: '?' }))
  t.false(fields({ isuer: 'https://token.example.org' }))
  t.false(fields({ issuer: 1 }))
  t.false(fields({ sourceRepositoryDigest: '*' }), 'a value that is not UTF-8')
})
