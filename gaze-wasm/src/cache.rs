//! The state of each frame: bytes arrived, being decoded, or decoded and ready to draw.

use crate::grid_coordinates::CellIndex;

/// Least number of decoded frames: four that are blended and the one that the gaze ends on.
pub const LEAST_CAPACITY: usize = 5;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Slot {
    /// Its bytes have not arrived.
    Absent,
    Arrived,
    Decoding,
    /// Ready; the number of the `touch` that drew it last.
    Decoded(u32),
    /// Its bytes cannot be decoded. Not tried again.
    Failed,
}

/// The frames of a source and a bound on how many are decoded at a time.
#[derive(Debug)]
pub struct Cache {
    slots: Vec<Slot>,
    decoded: Vec<CellIndex>,
    decoding: usize,
    capacity: usize,
    uses: u32,
}

impl Cache {
    /// Of no source yet, for at most `capacity` frames.
    pub fn new(capacity: usize) -> Self {
        let capacity = capacity.max(LEAST_CAPACITY);
        Self { slots: Vec::new(), decoded: Vec::new(), decoding: 0, capacity, uses: 0 }
    }

    /// A new source of so many cells, none of which has arrived.
    pub fn reset(&mut self, cells: usize) {
        self.slots = vec![Slot::Absent; cells];
        self.decoded.clear();
        self.decoding = 0;
    }

    /// Bounds the decoded frames. Where more are there, they must be dropped.
    pub fn set_capacity(&mut self, frames: usize) {
        self.capacity = frames.max(LEAST_CAPACITY);
    }

    /// Frames that may be decoded at a time.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// The bytes of a cell have arrived.
    pub fn arrived(&mut self, cell: CellIndex) {
        if let Some(slot @ Slot::Absent) = self.slots.get_mut(usize::from(cell)) {
            *slot = Slot::Arrived;
        }
    }

    /// The bytes of every cell have arrived.
    pub fn arrived_all(&mut self) {
        for slot in &mut self.slots {
            if *slot == Slot::Absent {
                *slot = Slot::Arrived;
            }
        }
    }

    /// Begins to decode a cell. False where its bytes have not arrived or there is no room for the frame.
    pub fn begin(&mut self, cell: CellIndex) -> bool {
        let has_room = self.held() < self.capacity;
        match self.slots.get_mut(usize::from(cell)) {
            Some(slot @ Slot::Arrived) if has_room => {
                *slot = Slot::Decoding;
                self.decoding += 1;
                true
            }
            _ => false,
        }
    }

    /// A cell that was begun is decoded. Says whether the frame is kept: it is not where
    /// `forget_decoded` was called meanwhile or the capacity shrank.
    pub fn decoded(&mut self, cell: CellIndex) -> bool {
        let is_full = self.decoded.len() >= self.capacity;
        let Some(slot @ Slot::Decoding) = self.slots.get_mut(usize::from(cell)) else {
            return false;
        };
        self.decoding -= 1;
        if is_full {
            *slot = Slot::Arrived;
            return false;
        }
        *slot = Slot::Decoded(self.uses);
        self.decoded.push(cell);
        true
    }

    /// A cell that was begun cannot be decoded.
    pub fn failed(&mut self, cell: CellIndex) {
        if let Some(slot @ Slot::Decoding) = self.slots.get_mut(usize::from(cell)) {
            self.decoding -= 1;
            *slot = Slot::Failed;
        }
    }

    /// Forgets decoded frames and those being decoded.
    pub fn forget_decoded(&mut self) {
        for slot in &mut self.slots {
            if matches!(slot, Slot::Decoding | Slot::Decoded(_)) {
                *slot = Slot::Arrived;
            }
        }
        self.decoded.clear();
        self.decoding = 0;
    }

    /// These cells are drawn: they are dropped last.
    pub fn touch(&mut self, cells: impl Iterator<Item = CellIndex>) {
        self.uses += 1;
        for cell in cells {
            if let Some(Slot::Decoded(used)) = self.slots.get_mut(usize::from(cell)) {
                *used = self.uses;
            }
        }
    }

    /// Drops a frame for which `may_go` holds, the one not drawn for longest.
    pub fn drop_oldest(&mut self, may_go: impl Fn(CellIndex) -> bool) -> Option<CellIndex> {
        let oldest = |&cell: &CellIndex| match self.slots.get(usize::from(cell)) {
            Some(Slot::Decoded(used)) => *used,
            _ => 0,
        };
        let candidates = self.decoded.iter().copied().filter(|&cell| may_go(cell));
        let cell = candidates.min_by_key(oldest)?;
        self.decoded.retain(|&other| other != cell);
        if let Some(slot) = self.slots.get_mut(usize::from(cell)) {
            *slot = Slot::Arrived;
        }
        Some(cell)
    }

    /// Whether a frame is ready to draw.
    pub fn is_decoded(&self, cell: CellIndex) -> bool {
        matches!(self.slots.get(usize::from(cell)), Some(Slot::Decoded(_)))
    }

    /// Whether the bytes of a frame have arrived and nobody has begun to decode it.
    pub fn is_undecoded(&self, cell: CellIndex) -> bool {
        self.slots.get(usize::from(cell)) == Some(&Slot::Arrived)
    }

    /// Whether a frame is decoded or can be.
    pub fn is_usable(&self, cell: CellIndex) -> bool {
        let slot = self.slots.get(usize::from(cell));
        slot.is_some_and(|slot| !matches!(slot, Slot::Absent | Slot::Failed))
    }

    /// Every cell whose frame is decoded or can be.
    pub fn usable_cells(&self) -> impl Iterator<Item = CellIndex> + '_ {
        (0..self.slots.len() as CellIndex).filter(|&cell| self.is_usable(cell))
    }

    /// Every cell whose frame is ready to draw.
    pub fn decoded_cells(&self) -> impl Iterator<Item = CellIndex> + '_ {
        self.decoded.iter().copied()
    }

    /// Frames that count towards the capacity: decoded and being decoded.
    pub fn held(&self) -> usize {
        self.decoded.len() + self.decoding
    }

    /// Frames being decoded.
    pub fn decoding(&self) -> usize {
        self.decoding
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn full(capacity: usize) -> Cache {
        let mut cache = Cache::new(capacity);
        cache.reset(100);
        cache.arrived_all();
        for cell in 0..capacity as u16 {
            assert!(cache.begin(cell) && cache.decoded(cell));
        }
        cache
    }

    #[test]
    fn only_what_arrived_is_decoded_and_only_once() {
        let mut cache = Cache::new(5);
        cache.reset(4);
        assert!(!cache.begin(0) && !cache.begin(9));
        cache.arrived(0);
        cache.arrived(9);
        assert!(cache.begin(0) && !cache.begin(0));
        assert!(!cache.decoded(1) && cache.decoded(0) && !cache.decoded(0));
        assert_eq!((cache.held(), cache.decoding()), (1, 0));
    }

    #[test]
    fn what_failed_is_not_tried_again() {
        let mut cache = full(5);
        cache.set_capacity(6);
        assert!(cache.begin(50));
        cache.failed(50);
        cache.arrived_all();
        assert!(!cache.is_usable(50) && !cache.begin(50));
        assert_eq!(cache.held(), 5);
    }

    #[test]
    fn the_one_not_drawn_for_longest_goes_first() {
        let mut cache = full(5);
        assert!(!cache.begin(7));
        cache.touch([0, 1, 2].into_iter());
        cache.touch([4].into_iter());
        assert_eq!(cache.drop_oldest(|_| true), Some(3));
        assert_eq!(cache.drop_oldest(|cell| cell != 0), Some(1));
        assert_eq!(cache.drop_oldest(|_| false), None);
        assert!(!cache.is_decoded(3) && cache.is_undecoded(3));
    }

    #[test]
    fn late_frames_are_not_kept() {
        let mut cache = full(6);
        cache.drop_oldest(|_| true);
        assert!(cache.begin(50));
        cache.set_capacity(0);
        assert!(!cache.decoded(50));
        assert!(cache.is_undecoded(50));
        cache.drop_oldest(|_| true);
        assert!(cache.begin(50));
        cache.forget_decoded();
        assert!(!cache.decoded(50));
        assert_eq!(cache.held(), 0);
    }
}
