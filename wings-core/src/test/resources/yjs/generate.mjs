// Writes vectors.json: updates that the original library made, and the text that it has after them.
// Run in a directory with the npm package yjs (13.6): node generate.mjs > vectors.json
import * as Y from 'yjs'

let state = 20261125
const random = n => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0
  return Math.floor((state / 4294967296) * n)
}
const base64 = bytes => Buffer.from(bytes).toString('base64')
const words = ['a', 'bc', 'é', '→x', '😀', '\n', 'key=value\n', 'ß😀😀z', '', 'longer piece of text ']

const edit = (doc, rich) => {
  const text = doc.getText('content')
  const length = text.length
  const kind = random(rich ? 10 : 4)
  if (kind < 2 || length === 0) {
    text.insert(random(length + 1), words[random(words.length)] || 'q')
  } else if (kind < 4) {
    const from = random(length)
    text.delete(from, Math.min(length - from, 1 + random(4)))
  } else if (kind === 4) {
    const from = random(length)
    text.format(from, Math.min(length - from, 1 + random(3)), { bold: random(2) === 0 ? true : null })
  } else if (kind === 5) {
    text.insertEmbed(random(length + 1), { image: 'x' })
  } else if (kind === 6) {
    doc.getMap('meta').set('k' + random(2), random(2) === 0 ? { a: [1, -2.5, null, 'x', true] } : new Y.Text('inner'))
  } else if (kind === 7) {
    const array = doc.getArray('list')
    array.insert(random(array.length + 1), [1, 'two', null, new Uint8Array([1, 2])])
    if (random(2) === 0) array.delete(random(array.length), 1)
  } else if (kind === 8) {
    const map = doc.getMap('meta')
    const held = map.get('k0')
    if (held instanceof Y.Text) held.insert(0, 'in')
    else if (random(2) === 0) map.delete('k0')
  } else {
    doc.transact(() => { text.insert(0, 'T'); text.insert(text.length, 'E'); text.delete(0, 1) })
  }
}

const scenario = (name, clients, rounds, rich, gc) => {
  const updates = []
  const docs = Array.from({ length: clients }, (_, i) => {
    const doc = new Y.Doc({ gc })
    doc.clientID = rich ? 5000000000 + i * 7 : 10 + i
    doc.on('update', (update, origin) => { if (origin !== 'remote') updates.push(update) })
    return doc
  })
  const seen = docs.map(() => 0)
  for (let round = 0; round < rounds; round++) {
    edit(docs[random(clients)], rich)
    const reader = random(clients)
    if (random(3) === 0) {
      for (; seen[reader] < updates.length; seen[reader]++) Y.applyUpdate(docs[reader], updates[seen[reader]], 'remote')
    }
  }
  docs.forEach((doc, i) => {
    for (; seen[i] < updates.length; seen[i]++) Y.applyUpdate(doc, updates[seen[i]], 'remote')
  })
  const plain = doc => doc.getText('content').toString()
  if (docs.some(doc => plain(doc) !== plain(docs[0]))) throw new Error('the original diverges')
  return {
    name, updates: updates.map(base64), merged: base64(Y.mergeUpdates(updates)),
    state: base64(Y.encodeStateAsUpdate(docs[0])), text: plain(docs[0])
  }
}

const scenarios = [scenario('empty', 1, 0, false, true), scenario('one editor', 1, 40, false, true)]
for (let i = 0; i < 6; i++) scenarios.push(scenario('plain ' + i, 2 + i % 4, 60 + 20 * i, false, i % 2 === 0))
for (let i = 0; i < 6; i++) scenarios.push(scenario('rich ' + i, 2 + i % 3, 80, true, i % 2 === 0))
process.stdout.write('[\n' + scenarios.map(s => JSON.stringify(s)).join(',\n') + '\n]\n')
