/* The slot protocol. One writer, one reader, three slots, newest wins.
 *
 * The reader names the slot it is about to read in `claim`, then looks whether that slot is still
 * the newest. The writer, looking for a slot to fill, avoids its own newest and the claimed one.
 * All four accesses are sequentially consistent, so that (as with hazard pointers) either the
 * reader sees that it came too late and tries again, or the writer sees the claim and keeps off.
 * So nothing is overwritten while it is read, and neither side ever waits for the other.
 *
 * The slot's sequence number says the same a second time, for a peer that breaks the rules: it is
 * 2n only while the slot holds publication n.
 *
 * The writer may die at any point: the newest slot is whole, because `newest` is stored last. The
 * reader may die at any point: its claim takes away one slot of three, and two suffice.
 * tests/test_bridge_model.py explores every interleaving of the steps below. */
#include "channel.h"

static eb_slot* slot_at(const eb_end* end, uint32_t slot) {
  return (eb_slot*)(void*)(end->slots + slot * end->geometry.slot_bytes);
}

static void init(eb_end* end, eb_channel* shared, uint8_t* region, const eb_geometry* geometry) {
  *end = (eb_end){
      .shared = shared, .slots = region + geometry->offset, .geometry = *geometry, .slot = -1};
}

void eb_writer_init(eb_end* end, eb_channel* shared, uint8_t* region, const eb_geometry* geometry) {
  init(end, shared, region, geometry);
  /* Goes on where an earlier writer of this channel stopped. */
  const uint64_t newest = atomic_load(&shared->newest);
  end->count = newest >> 8;
  end->newest = (uint32_t)(newest & 0xff);
}

void eb_reader_init(eb_end* end, eb_channel* shared, uint8_t* region, const eb_geometry* geometry) {
  init(end, shared, region, geometry);
  atomic_store(&shared->claim, 0); /* an earlier reader may have died with one */
  atomic_store(&shared->waiting, 0);
  const uint64_t count = atomic_load(&shared->newest) >> 8;
  end->count = count ? count - 1 : 0; /* the newest one is news; older ones were not ours */
}

uint8_t* eb_writer_begin(eb_end* end) {
  if (end->slot < 0) {
    const uint32_t claim = atomic_load(&end->shared->claim);
    uint32_t slot = 0;
    while (slot + 1 == claim || (end->count && slot == end->newest)) slot++; /* at most 2 */
    end->slot = (int32_t)slot;
  }
  eb_slot* slot = slot_at(end, (uint32_t)end->slot);
  atomic_store_explicit(&slot->sequence, 2 * end->count + 1, memory_order_relaxed);
  atomic_thread_fence(memory_order_release); /* odd before any byte of the message */
  return (uint8_t*)slot;
}

int eb_writer_publish(eb_end* end) {
  eb_slot* slot = slot_at(end, (uint32_t)end->slot);
  end->count = (end->count + 1) & (UINT64_MAX >> 8);
  end->newest = (uint32_t)end->slot;
  end->slot = -1;
  /* release: every byte of the message before its number */
  atomic_store_explicit(&slot->sequence, 2 * end->count, memory_order_release);
  atomic_store(&end->shared->newest, end->count << 8 | end->newest);
  atomic_store(&end->shared->signal, (uint32_t)end->count);
  return atomic_load(&end->shared->waiting) != 0;
}

int eb_reader_has_news(const eb_end* end) {
  return atomic_load(&end->shared->newest) >> 8 != end->count;
}

int eb_reader_acquire(eb_end* end, const uint8_t** slot) {
  /* Each further try means that the writer published meanwhile; EB_NOTHING is the truth of a
   * moment ago then, and the caller comes again. */
  for (int i = 0; i < EB_ACQUIRE_TRIES; i++) {
    const uint64_t newest = atomic_load(&end->shared->newest);
    const uint64_t count = newest >> 8;
    const uint32_t index = (uint32_t)(newest & 0xff);
    if (count == end->count) break;
    if (index >= EB_SLOTS) return EB_CORRUPT;
    atomic_store(&end->shared->claim, index + 1);
    if (atomic_load(&end->shared->newest) != newest) continue;
    if (count > end->count) end->skipped += count - end->count - 1;
    end->count = end->reading = count;
    end->slot = (int32_t)index;
    *slot = (const uint8_t*)slot_at(end, index);
    return EB_OK;
  }
  atomic_store(&end->shared->claim, 0);
  return EB_NOTHING;
}

int eb_reader_intact(const eb_end* end) {
  atomic_thread_fence(memory_order_acquire); /* every byte read before the number is checked */
  const eb_slot* slot = slot_at(end, (uint32_t)end->slot);
  return atomic_load_explicit(&slot->sequence, memory_order_relaxed) == 2 * end->reading;
}

int eb_reader_release(eb_end* end) {
  const int intact = eb_reader_intact(end);
  if (!intact) end->torn++;
  end->slot = -1;
  atomic_store(&end->shared->claim, 0); /* after it the writer may fill the slot */
  return intact ? EB_OK : EB_TORN;
}
