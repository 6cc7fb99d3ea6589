// Which exit code a run ends with when attestors failed, by how they failed.
// Started by ava.
import test from 'ava'
import { exitCode } from '../../src/commands/attest-step.ts'
import { type FailureExit, LannerError } from '../../src/error.ts'

function failed(...exits: readonly FailureExit[]): Parameters<typeof exitCode>[0] {
  const failures = exits.map(exit => ({
    name: 'detections',
    requested: true,
    error: new LannerError('ERR_TEST', 'a test', { exit }),
  }))
  return { step: { exitCode: 0 } as Parameters<typeof exitCode>[0]['step'], failures }
}

test('an attestor that failed is 3, whatever its own code would have been', t => {
  for (const exit of [2, 3, 70] as const) t.is(exitCode(failed(exit), false, false), 3)
  t.is(exitCode(failed(1, 2), false, false), 3)
})

test('1 is for a verdict alone: everything was attested, and it was not to be so', t => {
  t.is(exitCode(failed(1), false, false), 1)
  t.is(exitCode(failed(1), false, true), 3)
  t.is(exitCode(failed(), false, false), 0)
})
