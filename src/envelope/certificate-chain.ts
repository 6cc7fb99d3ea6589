// Finds a chain from a certificate to one that is trusted, at one moment and for one purpose (RFC 5280 §6, without revocation).
// Follows Go's `crypto/x509`, whose verdicts cilock's are: usages nest down the chain, any listed root is an anchor whether or not
// it signed itself. Used for signers and for timestamp authorities.
import { keyAlgorithm } from './key-algorithm.ts'
import { forbiddenName } from './name-constraints.ts'
import { certificateName, type X509 } from './x509.ts'

/** Extended key usages (RFC 5280 §4.2.1.12). */
export const PURPOSE = {
  codeSigning: '1.3.6.1.5.5.7.3.3',
  timeStamping: '1.3.6.1.5.5.7.3.8',
} as const

const ANY_PURPOSE = '2.5.29.37.0'

/** Chains are short; whoever sends a thicket of intermediates is refused instead of followed. */
const MAX_SIGNATURE_CHECKS = 100

/** What is asked. */
export interface ChainQuestion {
  readonly leaf: X509
  readonly roots: readonly X509[]
  readonly intermediates: readonly X509[]
  readonly at: Date
  readonly purpose: keyof typeof PURPOSE
}

/** The chain, leaf first, or why there is none. */
export type ChainAnswer =
  | { readonly ok: true; readonly chain: readonly X509[] }
  | { readonly ok: false; readonly why: string }

/** Looks for a chain. */
export function findChain(question: ChainQuestion): ChainAnswer {
  const search = new ChainSearch(question)
  const chain = search.run()
  return chain === undefined ? { ok: false, why: search.why() } : { ok: true, chain }
}

class ChainSearch {
  readonly #question: ChainQuestion
  readonly #objections: string[] = []
  /** Certificates that only bear an issuer's name; told when nothing better is known, for it often means two roots of one name. */
  readonly #impostors: string[] = []
  #checks = 0

  constructor(question: ChainQuestion) {
    this.#question = question
  }

  run(): readonly X509[] | undefined {
    const { leaf, roots } = this.#question
    const fault = this.#faultOf(leaf, 'leaf', [])
    if (fault !== undefined) return this.#object(fault)
    if (roots.some(root => root.raw.equals(leaf.raw))) return this.#accepted([leaf])
    return this.#extend([leaf])
  }

  why(): string {
    const { leaf } = this.#question
    return (
      this.#objections[0] ??
      this.#impostors[0] ??
      `no trusted certificate issued \`${certificateName(leaf)}\``
    )
  }

  #extend(chain: readonly X509[]): readonly X509[] | undefined {
    const { roots, intermediates } = this.#question
    for (const [kind, candidates] of [['root', roots] as const, ['intermediate', intermediates] as const]) {
      for (const candidate of candidates) {
        const longer = this.#consider(chain, candidate, kind)
        const found =
          longer === undefined ? undefined : kind === 'root' ? this.#accepted(longer) : this.#extend(longer)
        if (found !== undefined) return found
      }
    }
    return undefined
  }

  #consider(
    chain: readonly X509[],
    candidate: X509,
    kind: 'root' | 'intermediate',
  ): readonly X509[] | undefined {
    const child = chain.at(-1)
    if (child === undefined || !child.issuer.raw.equals(candidate.subject.raw)) return undefined
    if (chain.some(member => isSameEntity(member, candidate))) return undefined
    if (this.#checks++ >= MAX_SIGNATURE_CHECKS) {
      return this.#object(`more than ${MAX_SIGNATURE_CHECKS} certificates would have to be tried`)
    }
    if (!hasSigned(candidate, child)) {
      const [below, above] = [certificateName(child), certificateName(candidate)]
      this.#impostors.push(
        `\`${below}\` names \`${above}\` as its issuer but was signed by another key of that name`,
      )
      return undefined
    }
    const fault = issuingFault(candidate, child) ?? this.#faultOf(candidate, kind, chain)
    return fault === undefined ? [...chain, candidate] : this.#object(fault)
  }

  #faultOf(
    certificate: X509,
    kind: 'leaf' | 'root' | 'intermediate',
    below: readonly X509[],
  ): string | undefined {
    const name = certificateName(certificate)
    const { at } = this.#question
    const [unknown] = certificate.notUnderstood
    if (unknown !== undefined)
      return `\`${name}\` has extension ${unknown}, which must be understood and isn't`
    if (at < certificate.notBefore) {
      return `\`${name}\` is valid from ${certificate.notBefore.toISOString()} on, the signature is of ${at.toISOString()}`
    }
    if (at > certificate.notAfter) {
      return `\`${name}\` is valid until ${certificate.notAfter.toISOString()}, the signature is of ${at.toISOString()}`
    }
    if (kind === 'intermediate' && certificate.basicConstraints?.authority !== true) {
      return `\`${name}\` is no certificate authority`
    }
    const limit = certificate.basicConstraints?.pathLength
    if (limit !== undefined && below.length - 1 > limit) {
      return `\`${name}\` allows ${limit} intermediates below it and has ${below.length - 1}`
    }
    return undefined
  }

  /** What can only be said of a whole chain. */
  #accepted(chain: readonly X509[]): readonly X509[] | undefined {
    const purpose = PURPOSE[this.#question.purpose]
    const misused = chain.find(({ extendedKeyUsages: usages }) => {
      return usages.length > 0 && !usages.includes(purpose) && !usages.includes(ANY_PURPOSE)
    })
    if (misused !== undefined) {
      return this.#object(`\`${certificateName(misused)}\` is not for ${this.#question.purpose}`)
    }
    for (const [position, authority] of chain.entries()) {
      const constraints = authority.nameConstraints
      if (constraints === undefined) continue
      for (const below of chain.slice(0, position)) {
        const name = forbiddenName(below, constraints)
        if (name !== undefined) {
          return this.#object(`\`${certificateName(authority)}\` may not certify the name \`${name}\``)
        }
      }
    }
    return chain
  }

  #object(objection: string): undefined {
    this.#objections.push(objection)
    return undefined
  }
}

/** Why `issuer` can't have issued `child`, though the names fit. */
function issuingFault(issuer: X509, child: X509): string | undefined {
  const name = certificateName(issuer)
  const { basicConstraints, version } = issuer
  if (basicConstraints === undefined ? version === 3 : !basicConstraints.authority) {
    return `\`${name}\` is no certificate authority`
  }
  if (issuer.keyUsage?.signsCertificates === false) return `\`${name}\` may not sign certificates`
  if (!child.soundlySigned) return `\`${certificateName(child)}\` is signed with an algorithm not accepted`
  return undefined
}

/** Whether the signature holds; a key of a kind that doesn't sign here signed nothing. */
function hasSigned(issuer: X509, child: X509): boolean {
  try {
    keyAlgorithm(issuer.publicKey, certificateName(issuer))
    return child.openssl.verify(issuer.publicKey)
  } catch {
    return false
  }
}

function isSameEntity(one: X509, other: X509): boolean {
  return (
    one.subject.raw.equals(other.subject.raw) &&
    one.publicKeyInfo.equals(other.publicKeyInfo) &&
    (one.alternativeNames ?? Buffer.alloc(0)).equals(other.alternativeNames ?? Buffer.alloc(0))
  )
}
