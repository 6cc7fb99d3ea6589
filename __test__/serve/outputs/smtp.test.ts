// Mail: against a strict server of ours, and against aiosmtpd with Python's own reader of mails.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { faultOf, folder, HARD_NUMBERS, HARD_TEXT, hardAlert, hardAlerts, opened, patient } from './bench.ts'
import { certificate } from './certificates.ts'
import { mailSink } from './mail-sink.ts'
import { hasPython, start } from './servers.ts'

const PLAIN = {
  type: 'smtp',
  host: '127.0.0.1',
  secure: 'none',
  from: 'Lanner <lanner@example.org>',
  to: ['a@example.org', 'b@example.org'],
}

test('a batch is one mail to all, about the most urgent alert, with every field of each in text and HTML', async t => {
  const server = await mailSink(t)
  const alerts = [
    ...hardAlerts(2, { priority: 'Notice' }),
    hardAlert({ rule: 'Böse <Shell>', hostname: null }),
  ]
  await (await opened(t, { ...PLAIN, port: server.port })).deliver(alerts, patient())
  t.is(server.mails.length, 1)
  const [mail] = server.mails
  t.is(mail?.to.length, 2)
  t.is(mail?.headers.get('subject'), 'Critical: Böse <Shell> on unknown host (and 2 more)')
  const text = mail?.parts.get('text/plain') ?? ''
  const html = mail?.parts.get('text/html') ?? ''
  for (const { id, content } of alerts)
    t.true(text.includes(id) && html.includes(id) && text.includes(content.output))
  t.true(text.includes(HARD_TEXT) && text.includes(HARD_NUMBERS['evt.num']))
  t.true(html.includes('Böse &lt;Shell&gt;') && !html.includes('<Shell>') && !html.includes('<b>'))
})

test('nothing an alert says becomes a header or a second recipient', async t => {
  const server = await mailSink(t)
  const evil = 'x\r\nBcc: evil@example.org\r\n\r\nowned\u2028y'
  const output = await opened(t, { ...PLAIN, port: server.port, subject: '{rule} {hostname}' })
  await output.deliver([hardAlert({ rule: evil, hostname: evil, output: `.\r\n${evil}` })], patient())
  const [mail] = server.mails
  t.false(mail?.headers.has('bcc'))
  t.is(mail?.to.length, 2)
  t.is(mail?.headers.get('subject'), 'x Bcc: evil@example.org owned y x Bcc: evil@example.org owned y')
  t.true(mail?.parts.get('text/plain')?.includes('owned'))
})

test('STARTTLS is insisted on, and the login goes only through it', async t => {
  const { key, cert } = certificate(t)
  const login = { ...PLAIN, secure: 'starttls', user: 'me', password: 'mail-password', tls: { ca: cert } }
  const bare = await mailSink(t)
  const refused = await faultOf(
    (await opened(t, { ...login, port: bare.port })).deliver(hardAlerts(1), patient()),
  )
  t.true(refused.retry)
  t.false(bare.commands.some(command => /^(?:AUTH|MAIL)/.test(command)))
  const server = await mailSink(t, { tls: { key: readFileSync(key), cert: readFileSync(cert) } })
  await (await opened(t, { ...login, port: server.port })).deliver(hardAlerts(1), patient())
  t.true(server.mails[0]?.encrypted)
  t.true(
    server.commands.indexOf('STARTTLS') < server.commands.findIndex(command => command.startsWith('AUTH')),
  )
})

test('4xx is tried again, 5xx is not, a refused login is, and its password is not told', async t => {
  const cases = [
    { answers: { MAIL: '451 later' }, retry: true },
    { answers: { '.': '452 full' }, retry: true },
    { answers: { RCPT: '550 nobody here' }, retry: false },
    { answers: { '.': '554 spam' }, retry: false },
    { answers: { AUTH: '535 no: mail-password' }, retry: true },
  ]
  for (const { answers, retry } of cases) {
    const server = await mailSink(t, { answers })
    const output = await opened(t, { ...PLAIN, port: server.port, user: 'me', password: 'mail-password' })
    const fault = await faultOf(output.deliver(hardAlerts(2), patient()))
    t.is(fault.retry, retry, JSON.stringify(answers))
    t.is(fault.refused.size, retry ? 0 : 2)
    t.notRegex(fault.message, /mail-password/)
  }
})

test('a server that hangs is left when the signal comes', async t => {
  const server = await mailSink(t, { answers: { DATA: null } })
  const stop = new AbortController()
  const delivery = faultOf(
    (await opened(t, { ...PLAIN, port: server.port })).deliver(hardAlerts(1), stop.signal),
  )
  await server.asked('DATA')
  stop.abort()
  t.true((await delivery).retry)
})

const AIOSMTPD = `
import asyncio, email, email.policy, json, sys
from aiosmtpd.smtp import SMTP
class Handler:
    async def handle_DATA(self, server, session, envelope):
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        print('MAIL ' + json.dumps({'subject': mail['subject'], 'to': envelope.rcpt_tos,
            'text': mail.get_body(('plain',)).get_content(), 'html': mail.get_body(('html',)).get_content()}), flush=True)
        return '250 OK'
async def main():
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(Handler(), enable_SMTPUTF8=True), '127.0.0.1', 0)
    print('PORT', server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()
asyncio.run(main())
`

test('aiosmtpd takes the mail, and Python reads in it what was sent', async t => {
  if (!hasPython(t, 'aiosmtpd.smtp')) return
  const script = join(folder(t), 'server.py')
  writeFileSync(script, AIOSMTPD)
  const server = await start(t, 'python3', [script], /PORT (\d+)/)
  const output = await opened(t, { ...PLAIN, port: Number(server.ready[1]) })
  await output.deliver([hardAlert()], patient())
  const [, text = ''] = await server.says(/MAIL (.*)\n/)
  const mail = JSON.parse(text) as { subject: string; to: string[]; text: string; html: string }
  t.is(mail.subject, 'Critical: Términal shell on node-ß1')
  t.deepEqual(mail.to, PLAIN.to)
  t.true(mail.text.includes(HARD_TEXT) && mail.html.includes('Zürich 日本 🐢 &quot;quoted&quot;'))
})
