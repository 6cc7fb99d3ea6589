// What Redis does in one go, as Lua: each of these happens whole or not at all, and takes Redis a few milliseconds at most. The first key
// is the prefix of the store; a chunk's entry is `count dead oldest newest sealed bytes`. Used by what inserts, seals and removes.
import { BUCKETS, ID_RECORD, PIECES } from './layout.ts'
import { type Script, script } from './script.ts'

const ENTRY = `
local p = KEYS[1]
local function entry(chunk)
  local text = redis.call('HGET', p .. 'chunks', chunk)
  if not text then return nil end
  local count, dead, oldest, newest, sealed, bytes = string.match(text, '^(%d+) (%d+) (%x+) (%x+) (%d) (%d+)$')
  return {tonumber(count), tonumber(dead), oldest, newest, sealed, bytes}
end
local function record(blob, at)
  local b = at * ${ID_RECORD}
  local x, y, z = string.byte(blob, b + 1, b + 3)
  local o, q = string.byte(blob, b + 20, b + 21)
  return p .. 'ids:' .. string.format('%d', x * 65536 + y * 256 + z), string.sub(blob, b + 4, b + 19), o * 256 + q
end`

/**
 * size, records of ids → the chunk that grows, how many it holds, and a `1` for each id that is known. An id whose alert went since is
 * not, though it may still be listed.
 */
export const LOOK: Script = script(
  ENTRY,
  `
local size, blob = tonumber(ARGV[1]), ARGV[2]
local known = {}
for at = 0, #blob / ${ID_RECORD} - 1 do
  local key, id = record(blob, at)
  local number = redis.call('HGET', key, id)
  known[at + 1] = '0'
  if number then
    local place = tonumber(number) % size
    local chunk = string.format('%d', (tonumber(number) - place) / size)
    if redis.call('HEXISTS', p .. 'chunks', chunk) == 1
      and redis.call('GETBIT', p .. chunk .. ':d', place) == 0 then known[at + 1] = '1' end
  end
end
local last = redis.call('GET', p .. 'next') or '0'
local open = entry(last)
if open and open[1] < size then return {last, open[1], table.concat(known)} end
return {string.format('%d', tonumber(last) + 1), 0, table.concat(known)}`,
)

/**
 * chunk, count that it has, size, oldest, newest, records of ids, number of pieces, then pieces with what is appended to them, then names
 * of fields with their uses → 1, or 0 when the chunk changed meanwhile: then nothing was done.
 */
export const APPEND: Script = script(
  ENTRY,
  `
local chunk, count, size, oldest, newest, blob = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4], ARGV[5], ARGV[6]
local had = entry(chunk)
local dead, bytes = 0, '0'
if had then
  if had[1] ~= count then return 0 end
  dead, bytes = had[2], had[6]
  if had[3] < oldest then oldest = had[3] end
  if had[4] > newest then newest = had[4] end
else
  if count > 0 or tonumber(redis.call('GET', p .. 'next') or '0') ~= tonumber(chunk) - 1 then return 0 end
  redis.call('SET', p .. 'next', chunk)
end
local added = #blob / ${ID_RECORD}
redis.call('HSET', p .. 'chunks', chunk,
  string.format('%d %d %s %s 0 %s', count + added, dead, oldest, newest, bytes))
local first = tonumber(chunk) * size + count
for at = 0, added - 1 do
  local key, id = record(blob, at)
  redis.call('HSET', key, id, string.format('%d', first + at))
end
local pieces = tonumber(ARGV[7])
for at = 8, 7 + 2 * pieces, 2 do redis.call('APPEND', p .. chunk .. ':' .. ARGV[at], ARGV[at + 1]) end
for at = 8 + 2 * pieces, #ARGV, 2 do
  if redis.call('ZSCORE', p .. 'fields', ARGV[at]) or redis.call('ZCARD', p .. 'fields') < 10000 then
    redis.call('ZINCRBY', p .. 'fields', ARGV[at + 1], ARGV[at])
  end
end
return 1`,
)

/** key of names, texts → the number of each, from 1. */
export const NUMBER: Script = script(`
local numbers = {}
for at, text in ipairs(ARGV) do
  local number = redis.call('HGET', KEYS[1], text)
  if not number then
    number = redis.call('HLEN', KEYS[1]) + 1
    redis.call('HSET', KEYS[1], text, number)
  end
  numbers[at] = tonumber(number)
end
return numbers`)

/** token, chunk, then pieces with their content → 1 while the chunk is there and the token still holds the right to seal. */
export const SEAL: Script = script(
  ENTRY,
  `
local chunk = ARGV[2]
if redis.call('GET', p .. chunk .. ':seal') ~= ARGV[1] or not entry(chunk) then return 0 end
for at = 3, #ARGV, 2 do redis.call('SET', p .. chunk .. ':' .. ARGV[at], ARGV[at + 1]) end
return 1`,
)

const NAMES = `
local function each(visit)
  for name in string.gmatch('${PIECES.filter(piece => !/^[xw]/.test(piece)).join(' ')}', '%S+') do visit(name) end
  for at = 0, ${BUCKETS - 1} do visit('x' .. at) end
  for at = 0, 255 do visit('w' .. at) end
end
local function held(chunk, sealed)
  local sum = 0
  each(function(name)
    if sealed then name = string.upper(name) end
    sum = sum + (redis.call('MEMORY', 'USAGE', p .. chunk .. ':' .. name) or 0)
  end)
  return string.format('%d', sum)
end`

/** token, chunk → 1 once the sealed pieces stand for the open ones, which go. */
export const SEALED: Script = script(
  ENTRY,
  NAMES,
  `
local chunk = ARGV[2]
local had = entry(chunk)
if redis.call('GET', p .. chunk .. ':seal') ~= ARGV[1] or not had then return 0 end
redis.call('HSET', p .. 'chunks', chunk,
  string.format('%d %d %s %s 1 %s', had[1], had[2], had[3], had[4], held(chunk, true)))
each(function(name) redis.call('UNLINK', p .. chunk .. ':' .. name) end)
redis.call('DEL', p .. chunk .. ':seal')
return 1`,
)

/** chunk → bytes of memory that its open pieces take. */
export const HELD: Script = script(ENTRY, NAMES, `return held(ARGV[1], false)`)

/** chunk, dead that it has, count that it has, dead now, bits of them, oldest, newest → 1, or 0 when it changed meanwhile. */
export const CUT: Script = script(
  ENTRY,
  `
local chunk, had = ARGV[1], entry(ARGV[1])
if not had or had[2] ~= tonumber(ARGV[2]) or had[1] ~= tonumber(ARGV[3]) then return 0 end
redis.call('SET', p .. chunk .. ':d', ARGV[5])
redis.call('HSET', p .. 'chunks', chunk,
  string.format('%d %s %s %s %s %s', had[1], ARGV[4], ARGV[6], ARGV[7], had[5], had[6]))
return 1`,
)

/** chunk, count that it has → alerts that are seen no more, or -1 when it changed meanwhile. What it takes of memory is yet to go. */
export const DROP: Script = script(
  ENTRY,
  `
local had = entry(ARGV[1])
if not had or had[1] ~= tonumber(ARGV[2]) then return -1 end
redis.call('HDEL', p .. 'chunks', ARGV[1])
redis.call('SADD', p .. 'going', ARGV[1])
return had[1] - had[2]`,
)

/** chunk, size, records of ids → forgets these ids where they stand for these places of the chunk. */
export const FORGET: Script = script(
  ENTRY,
  `
local first, blob = tonumber(ARGV[1]) * tonumber(ARGV[2]), ARGV[3]
for at = 0, #blob / ${ID_RECORD} - 1 do
  local key, id, place = record(blob, at)
  if tonumber(redis.call('HGET', key, id) or '-1') == first + place then redis.call('HDEL', key, id) end
end
return 1`,
)
