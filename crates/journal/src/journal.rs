//! The journal as its callers see it: append, consumers, how full it is, writing down places, forgetting what all settled.
//! Owns the locks: the writer's is held while the disk works, the state's only for moments. Used by the addon.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::consumer::Consumer;
use crate::error::JournalError;
use crate::folder::Folder;
use crate::frame::{Entry, size_of_frames};
use crate::place::{Place, Spot};
use crate::places::Places;
use crate::ranges::Ranges;
use crate::reader::View;
use crate::recovery::{recover, take_up_spare};
use crate::segment::{START, Segment};
use crate::writer::Writer;

/// Sizes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// A segment that has so many bytes gets no more.
    pub segment: u64,
    /// So many bytes may wait for a consumer.
    pub limit: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { segment: 64 << 20, limit: 1 << 30 }
    }
}

/// How full a journal is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// Bytes on disk that a consumer waits for.
    pub bytes: u64,
    /// So many may be.
    pub limit: u64,
    /// By name.
    pub consumers: Vec<ConsumerStatus>,
}

/// How far a consumer is behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsumerStatus {
    /// Its name.
    pub name: String,
    /// Alerts it did not settle.
    pub depth: u64,
    /// Nanoseconds since the oldest of them was accepted.
    pub oldest: u64,
}

/// An open journal.
#[derive(Debug, Clone)]
pub struct Journal {
    pub(crate) shared: Arc<Shared>,
}

#[derive(Debug)]
pub(crate) struct Shared {
    settings: Settings,
    folder: Folder,
    writer: Mutex<Writer>,
    state: Mutex<State>,
    /// Held while places are written, so that an older list never replaces a newer one.
    saving: Mutex<()>,
    pub(crate) set_aside: BTreeSet<u64>,
}

/// A segment in the list.
#[derive(Debug)]
struct Listed {
    segment: Arc<Segment>,
    /// Bytes that were acknowledged.
    len: u64,
    /// Bytes of all segments before it since the journal was opened.
    base: u64,
}

/// What changes from moment to moment.
#[derive(Debug)]
pub(crate) struct State {
    segments: Vec<Listed>,
    /// Behind the last position.
    pub(crate) end: u64,
    pub(crate) places: BTreeMap<String, Place>,
    /// Where a consumer begins that was never heard of: with the oldest alert when the list of consumers was lost.
    from_start: bool,
    changed: bool,
    pub(crate) closed: bool,
}

impl Journal {
    /// Opens the journal in the folder at `path`, which is made if need be.
    pub fn open(path: &Path, settings: Settings) -> Result<Self, JournalError> {
        let folder = Folder::open(path)?;
        take_up_spare(&folder)?;
        let listing = folder.listing()?;
        let places = Places::load(&folder)?;
        let fresh = places.is_none() && listing.segments.is_empty();
        let from_start = places.is_none() && !fresh;
        let places = places.unwrap_or_default();
        let recovered = recover(&folder, listing, places.end)?;
        let mut segments = Vec::new();
        let mut base = 0;
        for (segment, len) in &recovered.segments {
            segments.push(Listed { segment: Arc::clone(segment), len: *len, base });
            base += len;
        }
        let Some(last) = segments.last() else { return Err(JournalError::Closed) };
        let writer =
            Writer::new(Arc::clone(&last.segment), last.len, recovered.end, settings.segment);
        let state = State {
            segments,
            end: recovered.end,
            places: BTreeMap::new(),
            from_start,
            changed: false,
            closed: false,
        };
        let shared = Shared {
            settings,
            folder,
            writer: Mutex::new(writer),
            state: Mutex::new(state),
            saving: Mutex::new(()),
            set_aside: recovered.set_aside,
        };
        let journal = Self { shared: Arc::new(shared) };
        journal.place_all(places)?;
        if fresh {
            // From now on a missing list means that it was lost.
            journal.write_places()?;
        }
        Ok(journal)
    }

    /// Finds the spot of every known consumer, so that it is known how many bytes wait.
    fn place_all(&self, places: Places) -> Result<(), JournalError> {
        for (name, (low, settled)) in places.consumers {
            let mut state = self.shared.state();
            let mut place = Place::new(low, settled, state.spot_of_segment(low));
            let first = state.segments.first().map_or(0, |first| first.segment.first);
            place.skip_to(first);
            place.ahead = state.find(&place)?;
            state.places.insert(name, place);
        }
        Ok(())
    }

    /// Keeps `entries` in their order. Once this returns they survive a crash; after an error nothing was kept.
    pub fn append(&self, entries: &[Entry<'_>]) -> Result<(), JournalError> {
        if entries.is_empty() {
            return Ok(());
        }
        let more = size_of_frames(entries);
        let mut writer = lock(&self.shared.writer);
        {
            let state = self.shared.state();
            if state.closed {
                return Err(JournalError::Closed);
            }
            let (waiting, limit) = (state.waiting(), self.shared.settings.limit);
            if waiting + more > limit {
                return Err(JournalError::Full { waiting, limit, more });
            }
        }
        if let Some(segment) = writer.rotate(&self.shared.folder)? {
            self.shared.state().add(segment);
        }
        let accepted = now();
        writer.append(entries, accepted)?;
        let mut state = self.shared.state();
        state.end = writer.next;
        if let Some(last) = state.segments.last_mut() {
            last.len = writer.len;
        }
        // How far the log reaches is written down too.
        state.changed = true;
        Ok(())
    }

    /// The consumer of that name, where it stopped last. A new one begins behind what is there, and is written down at once. Of two
    /// with one name each gets what the other did not take.
    pub fn consumer(&self, name: &str) -> Result<Consumer, JournalError> {
        let mut state = self.shared.state();
        if state.closed {
            return Err(JournalError::Closed);
        }
        let known = state.places.contains_key(name);
        if !known {
            let first = state.segments.first().filter(|_| state.from_start);
            let (low, spot) = match first {
                Some(first) => (first.segment.first, state.spot_of_segment(first.segment.first)),
                None => (state.end, state.spot_of_end()),
            };
            state.places.insert(name.to_owned(), Place::new(low, Ranges::default(), spot));
        }
        drop(state);
        if !known {
            self.write_places()?;
        }
        Ok(Consumer::new(name, Arc::clone(&self.shared)))
    }

    /// Forgets a consumer, so that nothing is kept for it.
    pub fn forget(&self, name: &str) -> Result<(), JournalError> {
        if self.shared.state().places.remove(name).is_none() {
            return Ok(());
        }
        self.write_places()?;
        self.remove_settled()
    }

    /// Names of all consumers that are known.
    #[must_use]
    pub fn consumers(&self) -> Vec<String> {
        self.shared.state().places.keys().cloned().collect()
    }

    /// Writes down where consumers are if that changed, and removes segments that all have settled.
    pub fn save(&self) -> Result<(), JournalError> {
        let changed = std::mem::take(&mut self.shared.state().changed);
        if changed && let Err(error) = self.write_places() {
            self.shared.state().changed = true;
            return Err(error);
        }
        self.remove_settled()
    }

    /// How full it is. Waits for no disk but to read the age of what a consumer has not looked at.
    #[must_use]
    pub fn status(&self) -> Status {
        let state = self.shared.state();
        let now = now();
        let consumers = state
            .places
            .iter()
            .map(|(name, place)| ConsumerStatus {
                name: name.clone(),
                depth: place.depth(state.end),
                oldest: state
                    .oldest(place)
                    .map_or(0, |accepted| now.saturating_sub(accepted).max(0).cast_unsigned()),
            })
            .collect();
        Status { bytes: state.waiting(), limit: self.shared.settings.limit, consumers }
    }

    /// Writes all down and lets others open the folder. What is called afterwards fails with [`JournalError::Closed`], and `take`
    /// gives nothing.
    pub fn close(&self) -> Result<(), JournalError> {
        // An append and a save that are under way are waited for.
        let mut writer = lock(&self.shared.writer);
        let _saving = lock(&self.shared.saving);
        if std::mem::replace(&mut self.shared.state().closed, true) {
            return Ok(());
        }
        writer.close();
        let written = self.places().save(&self.shared.folder);
        self.shared.folder.unlock();
        written
    }

    fn write_places(&self) -> Result<(), JournalError> {
        let _saving = lock(&self.shared.saving);
        if self.shared.state().closed {
            return Err(JournalError::Closed);
        }
        self.places().save(&self.shared.folder)
    }

    fn places(&self) -> Places {
        let state = self.shared.state();
        let consumers = state
            .places
            .iter()
            .map(|(name, place)| (name.clone(), (place.low, place.settled.clone())))
            .collect();
        Places { end: state.end, consumers }
    }

    fn remove_settled(&self) -> Result<(), JournalError> {
        let _saving = lock(&self.shared.saving);
        let mut state = self.shared.state();
        let paths = if state.closed { Vec::new() } else { state.take_settled() };
        drop(state);
        for path in paths {
            std::fs::remove_file(&path).map_err(|source| JournalError::Write { path, source })?;
        }
        Ok(())
    }
}

impl Shared {
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

impl State {
    fn add(&mut self, segment: Arc<Segment>) {
        let base = self.segments.last().map_or(0, |last| last.base + last.len);
        self.segments.push(Listed { segment, len: START, base });
    }

    /// The spot of the frame that has the lowest position of a place, or where it will be written. Reads headers only.
    fn find(&self, place: &Place) -> Result<Spot, JournalError> {
        if place.low >= self.end {
            return Ok(self.spot_of_end());
        }
        let view = self.view(place.ahead);
        let Some((segment, len)) = view.segments.first() else { return Ok(place.ahead) };
        let (mut at, mut position) = (START, segment.first);
        while let Some(header) = segment.frame_header(at, *len)?
            && header.end() <= place.low
        {
            at += header.size();
            position = header.end();
        }
        Ok(Spot { segment: segment.first, offset: at, position })
    }

    /// What a reader needs that looks for something at `spot` or behind.
    pub(crate) fn view(&self, spot: Spot) -> View {
        let from = self.index_of(spot.segment);
        let segments = self.segments[from..]
            .iter()
            .map(|listed| (Arc::clone(&listed.segment), listed.len))
            .collect();
        View { segments, end: self.end }
    }

    /// A place changed; it will be written down.
    pub(crate) fn touch(&mut self) {
        self.changed = true;
    }

    /// Of the last segment that begins at or before `position`.
    fn index_of(&self, position: u64) -> usize {
        self.segments.partition_point(|listed| listed.segment.first <= position).saturating_sub(1)
    }

    fn spot_of_segment(&self, position: u64) -> Spot {
        let listed = self.segments.get(self.index_of(position));
        let first = listed.map_or(0, |listed| listed.segment.first);
        Spot { segment: first, offset: START, position: first }
    }

    fn spot_of_end(&self) -> Spot {
        let last = self.segments.last();
        Spot {
            segment: last.map_or(0, |listed| listed.segment.first),
            offset: last.map_or(START, |listed| listed.len),
            position: self.end,
        }
    }

    /// Bytes that a consumer waits for.
    fn waiting(&self) -> u64 {
        let end = self.segments.last().map_or(0, |last| last.base + last.len);
        let first = self
            .places
            .values()
            .filter(|place| place.low < self.end)
            .map(|place| {
                let spot = place.first_needed();
                let listed = &self.segments[self.index_of(spot.segment)];
                listed.base + spot.offset
            })
            .min();
        end - first.unwrap_or(end).min(end)
    }

    /// When the oldest alert was accepted that a consumer did not settle.
    fn oldest(&self, place: &Place) -> Option<i64> {
        if place.depth(self.end) == 0 {
            return None;
        }
        if let Some(frame) = place.taken.front() {
            return Some(frame.accepted);
        }
        let mut spot = place.ahead;
        for listed in &self.segments[self.index_of(spot.segment)..] {
            if listed.segment.first != spot.segment {
                spot.offset = START;
            }
            if spot.offset < listed.len {
                let header = listed.segment.frame_header(spot.offset, listed.len).ok()??;
                return Some(header.accepted);
            }
        }
        None
    }

    /// Takes segments off the list that nobody needs any more; gives their files. The last stays.
    fn take_settled(&mut self) -> Vec<PathBuf> {
        let low = self.places.values().map(|place| place.low).min().unwrap_or(self.end);
        let mut count = 0;
        while self.segments.get(count + 1).is_some_and(|next| next.segment.first <= low) {
            count += 1;
        }
        self.segments.drain(..count).map(|listed| listed.segment.path.clone()).collect()
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Nanoseconds since 1970; before that zero.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
}
