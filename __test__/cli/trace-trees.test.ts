// Materials and products from the trace: the same products as a walk gives for the same step, and each difference that is meant.
// The steps are data; every one runs twice, in equal trees. Started by ava.
import { spawnSync } from 'node:child_process'
import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { type Bench, bench, predicateOf } from './lanner.ts'
import { start, until } from './safety-probes.ts'
import { files, leavesOf, sha256, traced } from './traced.ts'

/** A tree to start from: files of several kinds, and folders. */
function seed({ work }: Bench): void {
  for (const folder of ['d', 'd/e', 'src']) mkdirSync(join(work, folder))
  files(work, {
    old: 'old\n',
    log: 'one\n',
    'd/x': 'x\n',
    'd/e/y': 'y\n',
    'src/a.c': 'int main(void) { return 0; }\n',
    'to-remove': 'r\n',
  })
}

async function run(t: ExecutionContext, flags: readonly string[], script: string): Promise<Bench> {
  const place = bench(t)
  seed(place)
  const { code, stderr } = await place.step(['-a', 'environment', ...flags, '--', 'sh', '-ec', script])
  t.is(code, 0, `${script}: ${stderr}`)
  return place
}

/** What is done, under the name of what it is. */
const STEPS: Readonly<Record<string, string>> = {
  nothing: 'true',
  written: 'echo a > a; echo two >> log; mkdir -p n/m; echo c > n/m/c; : > empty',
  copied: 'cp old copy; cp -r d copied; cat old > catted; install -m 755 old bin',
  moved: 'mv old moved; mv to-remove d/',
  'a folder moved': 'mv d folder; mv folder/e up',
  'renamed into place': 'echo new > .tmp; mv .tmp old; echo other > t; mv -f t d/x',
  linked:
    'ln old hard; ln -s old soft; ln -s ../old d/deep; ln -s nowhere dangling; ln -s /etc/hostname away',
  removed: 'echo gone > gone; rm gone to-remove; rm -r d',
  'unpacked from an archive': 'tar cf ../t.tar d src; mkdir out; tar xf ../t.tar -C out',
  'written in the middle': 'dd if=/dev/zero of=log bs=1 count=2 seek=1 conv=notrunc 2>/dev/null',
  truncated: 'truncate -s 2 old; truncate -s 100 grown',
  'edited in place': `sed -i s/o/0/ old; perl -pi -e 's/x/z/' d/x`,
  'through a descriptor': 'exec 5> five; echo five >&5; exec 6<> log; echo six >&6',
  'by a child left in the background': '(echo bg > bg) & wait',
  'as a pipeline of processes': 'seq 1 2000 | xargs -n 500 | tee teed | sort -r > sorted',
  compiled: 'cc -c src/a.c -o a.o && cc a.o -o program && ./program',
  'committed to a repository':
    'git init -q . && git add src && git -c user.name=a -c user.email=a@b -c commit.gpgsign=false commit -q -m first',
  'mode changed only': 'chmod 755 old; chmod 600 d/x',
  'under odd names': String.raw`echo 1 > 'back\slash'; echo 2 > "new
line"; echo 3 > ünïcode; echo 4 > "$(printf 'bad\377')"; echo 5 > ' lead'`,
  'from elsewhere': 'cd /; echo x > "$OLDPWD/d/back"; cd "$OLDPWD/d/e"; echo y > ../../up2',
  'by a script language': `perl -e 'open(F, "+<", "old"); seek(F,1,0); print F "XX"; close F; open(G, ">", "g"); print G 1'`,
}

for (const [name, script] of Object.entries(STEPS)) {
  traced(`products are those of a walk: ${name}`, async t => {
    const walked = await run(t, [], script)
    const followed = await run(t, ['--trace', '--require-zero-gaps'], script)
    // What git writes holds the time of its running, and a linker may: names are compared there, elsewhere contents too.
    if (name === 'committed to a repository') {
      const steady = (place: Bench): string[] =>
        leavesOf(place, 'product').filter(path => !path.startsWith('.git/objects/'))
      t.deepEqual(steady(followed), steady(walked))
      return
    }
    const { capture, ...products } = predicateOf(followed.statement(), 'product')
    t.is(capture, 'trace')
    t.deepEqual(products, predicateOf(walked.statement(), 'product'))
  })
}

traced('materials are what was read before it was written, with what it held then', async t => {
  const script =
    'cat old d/x > /dev/null; echo changed > old; echo made > made; cat made log >> log2; cat old > /dev/null'
  const place = bench(t)
  seed(place)
  const held = sha256(join(place.work, 'old'))
  t.is((await place.step(['--trace', '--', 'sh', '-ec', script])).code, 0)
  t.deepEqual(leavesOf(place, 'material'), ['d/x', 'log', 'old'])
  const { leaves } = predicateOf(place.statement(), 'material') as {
    leaves: { path: string; fileDigest: string }[]
  }
  t.is(leaves.find(({ path }) => path === 'old')?.fileDigest, held)
})

traced('a file rewritten with what was read from it is no product; one that nobody read is', async t => {
  const script = 'cat old > ../kept; cat ../kept > old; echo one > log; touch d/x'
  const walked = await run(t, [], script)
  t.deepEqual(leavesOf(walked, 'product'), [])
  const followed = await run(t, ['--trace'], script)
  t.deepEqual(leavesOf(followed, 'product'), ['log'])
})

traced('a file is named once, by its real path, though a link to its folder leads to it too', async t => {
  const script = 'ln -s d way; echo new > way/new'
  const walked = await run(t, [], script)
  t.deepEqual(leavesOf(walked, 'product'), ['d/new', 'way/e/y', 'way/new', 'way/x'])
  const followed = await run(t, ['--trace'], script)
  t.deepEqual(leavesOf(followed, 'product'), ['d/new'])
})

traced('what others write meanwhile is not of the step', async t => {
  for (const [flags, products] of [
    [[], ['mine', 'theirs']],
    [['--trace'], ['mine']],
  ] as const) {
    const place = bench(t)
    const words = ['run', '-s', 't', '-k', place.key, '-o', place.envelope, ...flags, '--']
    const step = ['sh', '-c', 'echo mine > mine; echo ready; read answer']
    const { child, said, ended } = start(t, place, [...words, ...step])
    await until(() => said.stdout.includes('ready'), 'the step')
    files(place.work, { theirs: 'theirs' })
    child.stdin?.end('go on\n')
    t.deepEqual(await ended, [0, null], said.stderr)
    t.deepEqual(leavesOf(place, 'product'), [...products])
  }
})

traced(
  '--include-outside lists files elsewhere by their absolute paths, without it they are in command-run only',
  async t => {
    const script = 'cat ../in old > ../out; cat ../in > inside'
    for (const flags of [[], ['--include-outside']]) {
      const place = bench(t)
      seed(place)
      files(place.root, { in: 'in\n' })
      t.is((await place.step(['--trace', ...flags, '--', 'sh', '-ec', script])).code, 0)
      const outside = flags.length > 0
      const root = spawnSync('realpath', [place.root], { encoding: 'utf8' }).stdout.trim()
      t.is(leavesOf(place, 'material').includes(`${root}/in`), outside)
      t.deepEqual(leavesOf(place, 'product'), outside ? [`${root}/out`, 'inside'] : ['inside'])
      t.true(JSON.stringify(predicateOf(place.statement(), 'command-run')).includes(`${root}/out`))
    }
  },
)

traced('globs, --capture-mode walk and a named capture work as without a trace', async t => {
  const place = bench(t)
  seed(place)
  symlinkSync('old', join(place.work, 'soft'))
  files(place.work, { 'events.jsonl': '{"rule":"R","priority":"Notice"}\n' })
  const globs = ['--attestor-product-include-glob', '*.txt', '--attestor-product-exclude-glob', 'd/*']
  t.is(
    (await place.step(['-r', ...globs, '--', 'sh', '-c', 'for f in a.txt a.log d/b.txt; do echo > $f; done']))
      .code,
    0,
  )
  t.deepEqual(leavesOf(place, 'product'), ['a.txt'])

  t.is((await place.step(['-r', '--capture-mode', 'walk', '--', 'sh', '-c', 'echo w > walked'])).code, 0)
  t.true(leavesOf(place, 'material').includes('soft'))
  t.deepEqual(leavesOf(place, 'product'), ['walked'])
  t.is(predicateOf(place.statement(), 'command-run').tracing.capture, 'walk')

  const named = ['-r', '-a', 'falco', '--attestor-falco-file', 'events.jsonl', '--', 'true']
  const { code, stderr } = await place.step(named)
  t.is(code, 0, stderr)
  t.regex(stderr, /events\.jsonl was not written by this step/)
})

traced('a tree of the trace verifies where the same step chains to the next one', async t => {
  const place = bench(t)
  seed(place)
  t.is((await place.step(['-r', '--', 'sh', '-c', 'cat old > next'])).code, 0)
  const products = predicateOf(place.statement(), 'product').leaves as { path: string; fileDigest: string }[]
  t.is((await place.step(['-r', '--', 'sh', '-c', 'cat next > last'])).code, 0)
  const materials = predicateOf(place.statement(), 'material').leaves as {
    path: string
    fileDigest: string
  }[]
  t.deepEqual(
    materials.map(({ path, fileDigest }) => [path, fileDigest]),
    products.map(({ path, fileDigest }) => [path, fileDigest]),
  )
})
