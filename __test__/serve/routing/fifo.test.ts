// A Fifo is a list that is pushed to and shifted from, whatever the order of calls.
import test from 'ava'
import fc from 'fast-check'
import { Fifo } from '../../../src/serve/routing/fifo.ts'

test('it gives what an array gives', t => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.nat(), fc.constant('shift'), fc.constant('burst')), { maxLength: 200 }),
      steps => {
        const fifo = new Fifo<number>()
        const list: number[] = []
        const shift = (): void => {
          t.is(fifo.first(), list[0])
          t.is(fifo.shift(), list.shift())
        }
        for (const step of steps) {
          if (typeof step === 'number') {
            fifo.push(step)
            list.push(step)
          } else if (step === 'shift') shift()
          else {
            for (let item = 0; item < 1500; item += 1) {
              fifo.push(item)
              list.push(item)
            }
            for (let item = 0; item < 1300; item += 1) shift()
          }
        }
        t.is(fifo.first(), list[0])
      },
    ),
    { numRuns: 30 },
  )
})
