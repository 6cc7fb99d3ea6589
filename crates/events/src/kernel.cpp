// One line of JSON in, the four fields a summary needs out: parsed whole by simdjson's DOM, so that what is accepted is valid.
// Refuses what it can't decide (big numbers, deep nesting, too many colliding keys) and leaves it to the scanner in Rust.
// Called by ffi.rs alone, one kernel a thread.

#include <simdjson.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>

namespace {

// Values of `status` below zero; zero is success and above it stands simdjson's own error code. Mirrored in ffi.rs.
constexpr int32_t NOT_AN_OBJECT = -1;
constexpr int32_t KEYS_COLLIDE = -2;

// Containers that open within each other; the tape keeps one open-container record for each.
constexpr size_t MAX_DEPTH = 1024;

// An honest object stays far below this; more means keys made to collide, which the scanner sorts instead.
constexpr uint32_t MAX_PROBES = 64;

// Kinds of a field. Mirrored in ffi.rs.
enum Kind : uint32_t { ABSENT = 0, TEXT = 1, OTHER = 2 };

struct Field {
  const uint8_t *data;
  uint32_t len;
  uint32_t kind;
};

// Order of the fields: rule, priority, time, hostname. Mirrored in ffi.rs.
struct Event {
  Field fields[4];
  uint32_t duplicate_keys;
};

struct Name {
  const char *text;
  uint32_t len;
};
constexpr Name NAMES[4] = {{"rule", 4}, {"priority", 8}, {"time", 4}, {"hostname", 8}};

// One entry of the key table; an entry of an older generation is empty, so the table is never cleared between objects.
struct Slot {
  uint32_t generation;
  uint32_t tape_index;
};

struct Text {
  const uint8_t *data;
  uint32_t len;
};

uint32_t power_of_two_above(uint32_t n) {
  uint32_t size = 64;
  while (size < n) { size <<= 1; }
  return size;
}

uint64_t load(const uint8_t *from) {
  uint64_t word;
  std::memcpy(&word, from, sizeof word);
  return word;
}

// Reads past a short key: the string buffer ends in SIMDJSON_PADDING spare bytes.
uint32_t hash(Text key) {
  uint64_t first = load(key.data);
  uint64_t last = 0;
  if (key.len < 8) {
    first &= (uint64_t(1) << (8 * key.len)) - 1;
  } else {
    last = load(key.data + key.len - 8);
  }
  uint64_t mixed = (first ^ key.len) * 0x9E3779B97F4A7C15u;
  mixed ^= last * 0xC2B2AE3D27D4EB4Fu;
  mixed ^= mixed >> 29;
  mixed *= 0xBF58476D1CE4E5B9u;
  return uint32_t(mixed >> 32);
}

bool equal(Text a, Text b) { return a.len == b.len && std::memcmp(a.data, b.data, a.len) == 0; }

} // namespace

struct LannerKernel {
  simdjson::dom::parser parser;
  Slot *slots = nullptr;
  uint32_t *pending = nullptr;
  uint32_t generation = 0;
  uint32_t slot_count = 0;

  // A longer line is refused with CAPACITY: the tables below are sized for max_line.
  explicit LannerKernel(size_t max_line) : parser(max_line) {}

  ~LannerKernel() {
    std::free(slots);
    std::free(pending);
  }

  bool allocate(size_t max_line) {
    if (parser.allocate(max_line, MAX_DEPTH) || parser.doc.allocate(max_line)) { return false; }
    // A member takes at least five bytes (`"":0,`), a container two: the bounds hold for any line up to max_line.
    slot_count = power_of_two_above(uint32_t(2 * (max_line / 5 + 1)));
    slots = static_cast<Slot *>(std::calloc(slot_count, sizeof(Slot)));
    pending = static_cast<uint32_t *>(std::malloc((max_line / 2 + 1) * sizeof(uint32_t)));
    return slots != nullptr && pending != nullptr;
  }

  uint64_t word(uint32_t index) const { return parser.doc.tape[index]; }
  uint8_t type(uint32_t index) const { return uint8_t(word(index) >> 56); }
  // Of a container's first word: the index just after its last.
  uint32_t after(uint32_t index) const { return uint32_t(word(index)); }
  uint32_t count(uint32_t index) const { return uint32_t(word(index) >> 32) & 0xFFFFFF; }

  // Strings lie in the string buffer as a 32-bit length and the unescaped bytes.
  Text text(uint32_t index) const {
    const uint8_t *at = parser.doc.string_buf.get() + (word(index) & simdjson::internal::JSON_VALUE_MASK);
    uint32_t len;
    std::memcpy(&len, at, sizeof len);
    return {at + sizeof len, len};
  }

  void next_generation() {
    if (++generation == 0) {
      std::memset(slots, 0, slot_count * sizeof(Slot));
      generation = 1;
    }
  }

  // Remembers the key at `index` of the tape; false when it has to give up.
  bool insert(uint32_t index, uint32_t mask, uint32_t &duplicate) {
    const Text key = text(index);
    uint32_t place = hash(key) & mask;
    for (uint32_t probes = 0; probes < MAX_PROBES; probes++) {
      Slot &slot = slots[place];
      if (slot.generation != generation) {
        slot = {generation, index};
        return true;
      }
      if (equal(text(slot.tape_index), key)) {
        duplicate = 1;
        return true;
      }
      place = (place + 1) & mask;
    }
    return false;
  }

  void keep_field(uint32_t key, Event &event) const {
    const Text name = text(key);
    for (int i = 0; i < 4; i++) {
      if (name.len != NAMES[i].len || std::memcmp(name.data, NAMES[i].text, name.len) != 0) { continue; }
      // The last of several equal keys wins, whatever its type.
      if (type(key + 1) == '"') {
        const Text value = text(key + 1);
        event.fields[i] = {value.data, value.len, TEXT};
      } else {
        event.fields[i] = {nullptr, 0, OTHER};
      }
      return;
    }
  }

  // The index after the value at `index`; a container that may hold an object is put aside for later.
  uint32_t step(uint32_t index, uint32_t &waiting) {
    switch (type(index)) {
    case '{':
    case '[': {
      const uint32_t next = after(index);
      if (next > index + 2) { pending[waiting++] = index; }
      return next;
    }
    case 'l':
    case 'u':
    case 'd':
      return index + 2; // the number itself is the word that follows
    default:
      return index + 1;
    }
  }

  int32_t walk(Event &event) {
    uint32_t waiting = 0;
    pending[waiting++] = 1; // the word after the root's own
    while (waiting > 0) {
      const uint32_t container = pending[--waiting];
      const uint32_t end = after(container) - 1;
      uint32_t index = container + 1;
      if (type(container) == '[') {
        while (index < end) { index = step(index, waiting); }
        continue;
      }
      const uint32_t mask = power_of_two_above(2 * count(container)) - 1;
      next_generation();
      while (index < end) {
        if (container == 1) { keep_field(index, event); }
        if (!event.duplicate_keys && !insert(index, mask, event.duplicate_keys)) { return KEYS_COLLIDE; }
        index = step(index + 1, waiting);
      }
      if (event.duplicate_keys) { return 0; }
    }
    return 0;
  }
};

extern "C" {

LannerKernel *lanner_kernel_new(size_t max_line) {
  auto *kernel = new (std::nothrow) LannerKernel(max_line);
  if (kernel != nullptr && !kernel->allocate(max_line)) {
    delete kernel;
    return nullptr;
  }
  return kernel;
}

void lanner_kernel_free(LannerKernel *kernel) { delete kernel; }

// Reads up to SIMDJSON_PADDING bytes past the line. The fields point into the kernel and hold until its next call.
int32_t lanner_kernel_parse(LannerKernel *kernel, const uint8_t *line, size_t len, Event *event) {
  std::memset(event, 0, sizeof *event);
  const auto error = kernel->parser.parse(line, len, false).error();
  if (error) { return int32_t(error); }
  if (kernel->type(1) != '{') { return NOT_AN_OBJECT; }
  return kernel->walk(*event);
}

} // extern "C"
