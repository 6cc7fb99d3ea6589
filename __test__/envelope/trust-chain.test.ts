import test from 'ava'
import { type ChainAnswer, findChain } from '../../src/envelope/certificate-chain.ts'
import { readCertificate } from '../../src/envelope/x509.ts'
import { type Identity, TestAuthority, withBit } from './test-authority.ts'
import { freshFolder } from './workbench.ts'

const CA = ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign']
const LEAF = [
  'basicConstraints=CA:FALSE',
  'extendedKeyUsage=codeSigning',
  'subjectAltName=DNS:ci.example.org',
]

function chain(
  leaf: Identity,
  roots: readonly Identity[],
  intermediates: readonly Identity[] = [],
  at = new Date(),
): ChainAnswer {
  const certificates = (of: readonly Identity[]) => of.map(({ certificate }) => certificate)
  return findChain({
    leaf: leaf.certificate,
    roots: certificates(roots),
    intermediates: certificates(intermediates),
    at,
    purpose: 'codeSigning',
  })
}

function why(answer: ChainAnswer): string {
  return answer.ok ? 'accepted' : answer.why
}

test('a chain is found over intermediates in any order, and not when one is missing', t => {
  const authority = new TestAuthority(freshFolder(t))
  const root = authority.root('root')
  const upper = authority.leaf('upper', root, CA)
  const lower = authority.leaf('lower', upper, CA)
  const leaf = authority.leaf('leaf', lower, LEAF)
  const answer = chain(leaf, [root], [lower, upper])
  t.is(answer.ok && answer.chain.length, 4)
  t.true(chain(leaf, [root], [upper, lower]).ok)
  t.false(chain(leaf, [root], [lower]).ok)
  t.true(chain(leaf, [upper], [lower]).ok, 'a listed root need not have signed itself')
  t.true(chain(leaf, [leaf]).ok, 'a listed leaf is its own anchor')
})

test('an intermediate that is no authority, or may not sign certificates, issues nothing', t => {
  const authority = new TestAuthority(freshFolder(t))
  const root = authority.root('root')
  const plain = authority.leaf('plain', root, ['basicConstraints=CA:FALSE'])
  const mute = authority.leaf('mute', root, [
    'basicConstraints=critical,CA:TRUE',
    'keyUsage=digitalSignature',
  ])
  t.regex(why(chain(authority.leaf('one', plain, LEAF), [root], [plain])), /no certificate authority/)
  t.regex(why(chain(authority.leaf('two', mute, LEAF), [root], [mute])), /may not sign certificates/)
})

test('a listed root issues only when it is an authority', t => {
  const authority = new TestAuthority(freshFolder(t))
  for (const extension of ['basicConstraints=CA:FALSE', 'subjectKeyIdentifier=hash']) {
    const root = authority.root(`root-${extension.length}`, [extension])
    const leaf = authority.leaf(`leaf-${extension.length}`, root, LEAF)
    t.regex(why(chain(leaf, [root])), /no certificate authority/)
  }
})

test('a certificate signed over SHA-1 leads nowhere', t => {
  const authority = new TestAuthority(freshFolder(t))
  const root = authority.root('root')
  t.regex(why(chain(authority.leaf('weak', root, LEAF, 'sha1'), [root])), /algorithm not accepted/)
})

test('a certificate that names two algorithms, or one extension twice, is unreadable', t => {
  const authority = new TestAuthority(freshFolder(t))
  const root = authority.root('root')
  const { raw } = authority.leaf('leaf', root, ['1.2.3.4=DER:0500', '1.2.3.5=DER:0500']).certificate
  const algorithm = Buffer.from('2a8648ce3d040302', 'hex')
  const outer = raw.lastIndexOf(algorithm) + algorithm.length - 1
  t.throws(() => readCertificate(withBit(raw, outer, 0), 'x'), {
    message: /two different signature algorithms/,
  })
  const extension = raw.indexOf(Buffer.from('06032a0305', 'hex')) + 4
  t.throws(() => readCertificate(withBit(raw, extension, 0), 'x'), { message: /there twice/ })
})

test('a path longer than an authority allows is refused', t => {
  const authority = new TestAuthority(freshFolder(t))
  const root = authority.root('root', ['basicConstraints=critical,CA:TRUE,pathlen:0'])
  const middle = authority.leaf('middle', root, CA)
  t.true(chain(authority.leaf('direct', root, LEAF), [root]).ok)
  t.regex(why(chain(authority.leaf('deep', middle, LEAF), [root], [middle])), /allows 0 intermediates/)
})

test('every certificate must be valid at the time asked, to the second', t => {
  const authority = new TestAuthority(freshFolder(t))
  const root = authority.root('root')
  const leaf = authority.leaf('leaf', root, LEAF)
  const { notBefore, notAfter } = leaf.certificate
  const shifted = (date: Date, seconds: number): Date => new Date(date.getTime() + seconds * 1000)
  t.regex(why(chain(leaf, [root], [], shifted(notBefore, -1))), /valid from/)
  t.true(chain(leaf, [root], [], notBefore).ok)
  t.true(chain(leaf, [leaf], [], notAfter).ok)
  t.regex(why(chain(leaf, [leaf], [], shifted(notAfter, 1))), /valid until/)
})

test('extended usages nest down the chain', t => {
  const authority = new TestAuthority(freshFolder(t))
  const root = authority.root('root')
  const web = authority.leaf('web', root, [...CA, 'extendedKeyUsage=serverAuth'])
  t.regex(
    why(chain(authority.leaf('server', root, ['extendedKeyUsage=serverAuth']), [root])),
    /not for codeSigning/,
  )
  t.regex(why(chain(authority.leaf('below', web, LEAF), [root], [web])), /`web` is not for codeSigning/)
  t.true(chain(authority.leaf('any', root, ['extendedKeyUsage=anyExtendedKeyUsage']), [root]).ok)
  t.true(chain(authority.leaf('free', root, ['basicConstraints=CA:FALSE']), [root]).ok)
})

test('what must be understood and is not, or requires a policy, is refused', t => {
  const authority = new TestAuthority(freshFolder(t))
  const root = authority.root('root')
  const unknown = authority.leaf('unknown', root, [...LEAF, '1.2.3.4=critical,DER:0500'])
  const harmless = authority.leaf('harmless', root, [...LEAF, '1.2.3.4=DER:0500'])
  const strict = authority.leaf('strict', root, [...CA, 'policyConstraints=requireExplicitPolicy:0'])
  t.regex(why(chain(unknown, [root])), /1\.2\.3\.4/)
  t.true(chain(harmless, [root]).ok)
  t.regex(why(chain(authority.leaf('leaf', strict, LEAF), [root], [strict])), /2\.5\.29\.36/)
})

test('an authority limited to names certifies only those', t => {
  const authority = new TestAuthority(freshFolder(t))
  const root = authority.root('root')
  const limited = authority.leaf('limited', root, [
    ...CA,
    'nameConstraints=critical,permitted;DNS:example.org,permitted;email:example.org,permitted;URI:.example.org,permitted;IP:10.0.0.0/255.0.0.0,excluded;DNS:bad.example.org',
  ])
  const verdicts: Record<string, boolean> = {
    'DNS:ci.example.org': true,
    'DNS:example.org': true,
    'DNS:EXAMPLE.ORG': true,
    'DNS:notexample.org': false,
    'DNS:bad.example.org': false,
    'DNS:x.bad.example.org': false,
    'DNS:*.example.org': false,
    'email:ci@example.org': true,
    'email:ci@sub.example.org': false,
    'URI:spiffe://a.example.org/ci': true,
    'URI:spiffe://other.net/ci': false,
    'URI:urn:x:y': false,
    'URI:https://10.0.0.1/': false,
    'IP:10.1.2.3': true,
    'IP:11.1.2.3': false,
  }
  for (const [name, expected] of Object.entries(verdicts)) {
    const leaf = authority.leaf(`leaf-${name.replaceAll(/\W/g, '-')}`, limited, [`subjectAltName=${name}`])
    t.is(chain(leaf, [root], [limited]).ok, expected, name)
  }
})

test('a URI without a domain is refused wherever names are limited', t => {
  const authority = new TestAuthority(freshFolder(t))
  const root = authority.root('root')
  const limited = authority.leaf('limited', root, [...CA, 'nameConstraints=permitted;DNS:example.org'])
  const leaf = (name: string): Identity =>
    authority.leaf(name, limited, [`subjectAltName=URI:${name}://example.org/x`])
  t.true(chain(leaf('spiffe'), [root], [limited]).ok)
  const hostless = authority.leaf('hostless', limited, ['subjectAltName=URI:urn:x:y'])
  t.regex(why(chain(hostless, [root], [limited])), /may not certify/)
})

test('limits on kinds of names that are not compared are refused', t => {
  const authority = new TestAuthority(freshFolder(t))
  const root = authority.root('root')
  const limited = authority.leaf('limited', root, [
    ...CA,
    'nameConstraints=permitted;dirName:who\n[who]\nO=Test Org',
  ])
  t.regex(why(chain(authority.leaf('leaf', limited, LEAF), [root], [limited])), /2\.5\.29\.30/)
})

test('an issuer of the right name with another key is named as such', t => {
  const [mine, theirs] = [new TestAuthority(freshFolder(t)), new TestAuthority(freshFolder(t))]
  const leaf = mine.leaf('leaf', mine.root('root'), LEAF)
  t.regex(why(chain(leaf, [theirs.root('root')])), /another key of that name/)
})

test('no changed bit of a leaf or an intermediate leaves a chain', t => {
  const authority = new TestAuthority(freshFolder(t))
  const issuer = authority.root('issuer')
  const between = authority.leaf('between', issuer, CA)
  const leaf = authority.leaf('leaf', between, LEAF)
  for (const [one, other] of [[leaf, between] as const, [between, leaf] as const]) {
    const { raw } = one.certificate
    for (let at = 0; at < raw.length; at++) {
      let changed: Identity
      try {
        changed = { ...one, certificate: readCertificate(withBit(raw, at, at % 8), 'x') }
      } catch {
        continue
      }
      const answer = one === leaf ? chain(changed, [issuer], [other]) : chain(other, [issuer], [changed])
      t.false(answer.ok, `bit ${at % 8} of byte ${at}`)
    }
  }
})

test('a thicket of intermediates is refused, not searched', t => {
  const authority = new TestAuthority(freshFolder(t))
  const [loop, other] = [authority.root('loop'), authority.root('other')]
  const leaf = authority.leaf('leaf', loop, LEAF)
  const thicket = Array<Identity>(5000).fill(loop)
  const started = process.hrtime.bigint()
  t.false(chain(leaf, [other], thicket).ok)
  t.true(process.hrtime.bigint() - started < 2_000_000_000n)
})
