// What Jetstream makes of the network's own firehose, by its documents, since Jetstream itself (in Go) is in no registry of packages
// that this project takes from: JSON by websocket on 127.0.0.1:2590, every event kept and sent again from a cursor on.
// node --require ./loopback.cjs bluesky_stream.mjs, beside node_modules of the network.
import { createRequire } from 'module'
const require = createRequire(import.meta.url)
const { Firehose } = require('@atproto/sync')
const { IdResolver } = require('@atproto/identity')
const { lexToJson } = require('@atproto/lexicon')
const { WebSocketServer } = require('ws')

const events = []
let last = 0
const keep = (did, said) => {
  last = Math.max(Date.now() * 1000, last + 1)
  events.push({ time_us: last, text: JSON.stringify({ did, time_us: last, ...said }) })
}

const firehose = new Firehose({
  service: 'ws://localhost:2583',
  idResolver: new IdResolver({ plcUrl: 'http://localhost:2582' }),
  unauthenticatedCommits: true,
  unauthenticatedHandles: true,
  onError: (error) => console.error('firehose', error.message),
  handleEvent: (event) => {
    if (event.event === 'identity') keep(event.did, { kind: 'identity', identity: { did: event.did, handle: event.handle } })
    if (event.event === 'account') keep(event.did, { kind: 'account', account: { did: event.did, active: event.active, status: event.status } })
    if (!['create', 'update', 'delete'].includes(event.event)) return
    const commit = { rev: event.rev, operation: event.event, collection: event.collection, rkey: event.rkey }
    if (event.event !== 'delete') Object.assign(commit, { record: lexToJson(event.record), cid: event.cid.toString() })
    keep(event.did, { kind: 'commit', commit })
  },
})
firehose.start()

const server = new WebSocketServer({ host: '127.0.0.1', port: 2590, path: '/subscribe' })
server.on('connection', (socket, request) => {
  const asked = new URL(request.url, 'http://x').searchParams
  const wanted = asked.getAll('wantedCollections')
  const begin = Number(asked.get('cursor') || Date.now() * 1000)
  let place = 0
  const send = () => {
    for (; place < events.length && socket.readyState === 1; place++) {
      const said = events[place]
      if (said.time_us < begin) continue
      const commit = said.text.includes('"kind":"commit"') ? JSON.parse(said.text).commit : null
      if (!commit || !wanted.length || wanted.includes(commit.collection)) socket.send(said.text)
    }
  }
  const timer = setInterval(send, 50)
  socket.on('close', () => clearInterval(timer))
  socket.on('error', () => clearInterval(timer))
})
console.log('listening')
