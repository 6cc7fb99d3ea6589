// Which environment variables are sensitive by name, for masking in the environment predicate.
// Looks at names only, never at values; what the step prints is `redaction.ts`. Used by `environment.ts`.
import { LannerError } from '../error.ts'

/** For each name, whether any of the patterns matches it whole. Comes from the addon, which knows every glob form. */
export type MatchGlobs = (patterns: string[], names: string[]) => boolean[]

/** Masked unless the defaults are switched off: the list cilock applies, so that both hide the same variables. */
export const SENSITIVE_GLOBS: readonly string[] = `
  *TOKEN* *SECRET* *API_KEY* *APIKEY* *KEY* *PASSWORD* *PASSWD* *PWD* *PASSPHRASE* *JWT* *sshKey* *PAT* *CREDENTIAL*
  *CRED* *AUTH* *OAUTH* *BEARER* *PRIVATE* *SIGNING* *ACCESS_KEY* *SESSION_TOKEN* *WEBHOOK* *DSN* *CONNECTION_STRING*
  *DATABASE_URL* *passphrase*`
  .trim()
  .split(/\s+/)

/** Names without a glob; many are covered by one above, the list is kept whole so that it can be compared. */
export const SENSITIVE_NAMES: readonly string[] = `
  GITHUB_PAT GH_PAT AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AMAZON_AWS_ACCESS_KEY_ID AMAZON_AWS_SECRET_ACCESS_KEY
  ALGOLIA_API_KEY AZURE_CLIENT_ID AZURE_CLIENT_SECRET AZURE_USERNAME AZURE_PASSWORD MSI_ENDPOINT MSI_SECRET binance_api
  binance_secret BITTREX_API_KEY BITTREX_API_SECRET CF_PASSWORD CF_USERNAME CODECLIMATE_REPO_TOKEN COVERALLS_REPO_TOKEN
  CIRCLE_TOKEN DIGITALOCEAN_ACCESS_TOKEN DOCKER_EMAIL DOCKER_PASSWORD DOCKER_USERNAME DOCKERHUB_PASSWORD FACEBOOK_APP_ID
  FACEBOOK_APP_SECRET FACEBOOK_ACCESS_TOKEN FIREBASE_TOKEN FOSSA_API_KEY GH_TOKEN GH_ENTERPRISE_TOKEN
  GOOGLE_APPLICATION_CREDENTIALS GOOGLE_API_KEY CI_DEPLOY_USER CI_DEPLOY_PASSWORD GITLAB_USER_LOGIN CI_JOB_JWT
  CI_JOB_JWT_V2 CI_JOB_TOKEN HEROKU_API_KEY HEROKU_API_USER MAILGUN_API_KEY MCLI_PRIVATE_API_KEY MCLI_PUBLIC_API_KEY
  NGROK_TOKEN NGROK_AUTH_TOKEN NPM_AUTH_TOKEN OKTA_CLIENT_ORGURL OKTA_CLIENT_TOKEN OKTA_OAUTH2_CLIENTSECRET
  OKTA_OAUTH2_CLIENTID OKTA_AUTHN_GROUPID OS_USERNAME OS_PASSWORD PERCY_TOKEN SAUCE_ACCESS_KEY SAUCE_USERNAME
  SENTRY_AUTH_TOKEN SLACK_TOKEN SNYK_TOKEN square_access_token square_oauth_secret STRIPE_API_KEY STRIPE_DEVICE_NAME
  SURGE_TOKEN SURGE_LOGIN TWILIO_ACCOUNT_SID CONSUMER_KEY CONSUMER_SECRET TRAVIS_SUDO TRAVIS_OS_NAME
  TRAVIS_SECURE_ENV_VARS VAULT_TOKEN VAULT_CLIENT_KEY TOKEN VULTR_ACCESS VULTR_SECRET ACTIONS_RUNTIME_TOKEN
  ACTIONS_ID_TOKEN_REQUEST_TOKEN`
  .trim()
  .split(/\s+/)

/** The names that any entry matches, case-insensitively. An entry is a glob when `isGlob` says so, else a whole name. */
export function matchingNames(
  entries: readonly string[],
  names: readonly string[],
  isGlob: (entry: string) => boolean,
  matchGlobs?: MatchGlobs,
): ReadonlySet<string> {
  // Both sides in upper case, as cilock compares them.
  const upperNames = names.map(name => name.toUpperCase())
  const globs = entries.filter(isGlob).map(glob => glob.toUpperCase())
  const exact = new Set(entries.filter(entry => !isGlob(entry)).map(name => name.toUpperCase()))
  const simple = globs.filter(isStarOnly)
  const others = globs.filter(glob => !isStarOnly(glob))
  const byOthers = others.length === 0 ? [] : requireMatcher(others, matchGlobs)(others, upperNames)
  return new Set(
    names.filter((_, index) => {
      const name = upperNames[index] ?? ''
      return exact.has(name) || byOthers[index] === true || simple.some(glob => matchesStars(glob, name))
    }),
  )
}

/** `true` for a pattern whose only special character is `*`: those are matched here, without the addon. */
function isStarOnly(glob: string): boolean {
  return !/[?[\]{}\\]/.test(glob)
}

/** Taking an unsupported glob as plain text would leave a secret unmasked, so its absence is an error. */
function requireMatcher(globs: readonly string[], matchGlobs: MatchGlobs | undefined): MatchGlobs {
  if (matchGlobs !== undefined) return matchGlobs
  throw new LannerError('ERR_ENVIRONMENT_GLOB', `pattern \`${globs[0]}\` needs the addon to be matched`)
}

/** Whole-string match where `*` stands for any run of characters. Linear: each part is taken at its first place. */
function matchesStars(glob: string, name: string): boolean {
  const [first = '', ...rest] = glob.split('*')
  const last = rest.pop()
  if (last === undefined) return glob === name
  if (name.length < first.length + last.length || !name.startsWith(first) || !name.endsWith(last))
    return false
  const end = name.length - last.length
  let from = first.length
  for (const part of rest) {
    const at = name.indexOf(part, from)
    if (at < 0 || at + part.length > end) return false
    from = at + part.length
  }
  return true
}
