//! Whether an id may have been seen: a filter in memory that never misses one, and seldom errs.
//! Sure answers come from the terms. Used by insertion, so that redelivered alerts change nothing.

use crate::error::Fault;
use crate::pieces::{Kind, Pieces};
use crate::rows::SHEET;
use crate::segment::Segment;

/// Bits for each id; an unknown one is taken for known about once in a thousand.
const BITS: usize = 16;
/// Bits set for each id, all within 64 bytes.
const PROBES: u32 = 6;
const LEAST: usize = 1 << 16;

/// See the module.
#[derive(Debug)]
pub(crate) struct KnownIds {
    lines: Vec<[u64; 8]>,
    held: usize,
}

impl KnownIds {
    /// With room for twice so many.
    fn new(ids: usize) -> Self {
        let lines = (ids.max(LEAST) * 2 * BITS / 512).next_power_of_two();
        Self { lines: vec![[0; 8]; lines], held: 0 }
    }

    /// With the ids of all segments; `None` when it was to stop before the last.
    pub(crate) fn of(
        db: &rusqlite::Connection,
        segments: &[Segment],
        stopping: &dyn Fn() -> bool,
    ) -> Result<Option<Self>, Fault> {
        let mut known = Self::new(segments.iter().map(|segment| segment.live()).sum());
        for segment in segments {
            if stopping() {
                return Ok(None);
            }
            known.add_all(db, std::slice::from_ref(segment))?;
        }
        Ok(Some(known))
    }

    /// Adds the ids of these segments.
    pub(crate) fn add_all(
        &mut self,
        db: &rusqlite::Connection,
        segments: &[Segment],
    ) -> Result<(), Fault> {
        for segment in segments {
            let pieces: Pieces<'_> = segment.pieces(db);
            let sheets = segment.docs.div_ceil(SHEET);
            pieces.scan(Kind::Ids as u8, 0..sheets, |_, ids| {
                ids.as_chunks().0.iter().for_each(|id| self.add(*id));
                Ok(())
            })?;
        }
        Ok(())
    }

    pub(crate) fn add(&mut self, id: [u8; 16]) {
        let (line, mut bits) = self.place(id);
        for _ in 0..PROBES {
            self.lines[line][(bits >> 6 & 7) as usize] |= 1 << (bits & 63);
            bits >>= 9;
        }
        self.held += 1;
    }

    pub(crate) fn may_hold(&self, id: [u8; 16]) -> bool {
        let (line, mut bits) = self.place(id);
        let line = &self.lines[line];
        (0..PROBES).all(|_| {
            let set = line[(bits >> 6 & 7) as usize] & 1 << (bits & 63) != 0;
            bits >>= 9;
            set
        })
    }

    /// Whether it should be made anew, with more room.
    pub(crate) fn is_full(&self) -> bool {
        self.held * BITS > self.lines.len() * 512
    }

    /// Senders choose ids: they are mixed well, not trusted to be random.
    fn place(&self, id: [u8; 16]) -> (usize, u64) {
        let number = u128::from_le_bytes(id);
        let mixed = mix(number as u64 ^ mix((number >> 64) as u64));
        (mixed as usize & (self.lines.len() - 1), mix(mixed ^ 0x9e37_79b9_7f4a_7c15))
    }
}

fn mix(mut bits: u64) -> u64 {
    bits = (bits ^ bits >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ bits >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ bits >> 31
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_added_is_known_and_little_else() {
        let id = |number: u64| u128::from(number).to_le_bytes();
        let mut known = KnownIds::new(0);
        (0..LEAST as u64 * 2).for_each(|number| known.add(id(number)));
        assert!((0..LEAST as u64 * 2).all(|number| known.may_hold(id(number))));
        let wrong =
            (1 << 40..(1 << 40) + 100_000).filter(|&number| known.may_hold(id(number))).count();
        assert!(wrong < 500, "{wrong}");
    }
}
