//! One value for each source.

use std::ops::{Index, IndexMut};

use crate::TrackSource;

/// One value for each source, instead of one field or flag for each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct SourceTable<T>([T; 4]);

impl<T> SourceTable<T> {
    /// A table made value by value.
    pub fn from_fn(value: impl FnMut(TrackSource) -> T) -> Self {
        Self(TrackSource::ALL.map(value))
    }

    /// Every source with its value, in order.
    pub fn iter(&self) -> impl Iterator<Item = (TrackSource, &T)> {
        TrackSource::ALL.into_iter().zip(&self.0)
    }

    /// The same, with mutable values.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (TrackSource, &mut T)> {
        TrackSource::ALL.into_iter().zip(&mut self.0)
    }

    /// The values alone, in the order of their sources.
    pub fn values(&self) -> impl Iterator<Item = &T> {
        self.0.iter()
    }

    /// A table with the result of `change` for each value.
    pub fn map<U>(self, mut change: impl FnMut(TrackSource, T) -> U) -> SourceTable<U> {
        let mut sources = TrackSource::ALL.into_iter();
        // Both arrays have one entry for each source, so the iterator never runs out.
        SourceTable(self.0.map(|value| change(sources.next().unwrap_or(TrackSource::ScreenSound), value)))
    }
}

impl SourceTable<bool> {
    /// The sources whose value is true, in order.
    pub fn set(&self) -> impl Iterator<Item = TrackSource> {
        self.iter().filter(|(_, set)| **set).map(|(source, _)| source)
    }
}

impl<T> Index<TrackSource> for SourceTable<T> {
    type Output = T;

    fn index(&self, source: TrackSource) -> &T {
        &self.0[source.index()]
    }
}

impl<T> IndexMut<TrackSource> for SourceTable<T> {
    fn index_mut(&mut self, source: TrackSource) -> &mut T {
        &mut self.0[source.index()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_source_has_a_value_of_its_own() {
        let mut table = SourceTable::from_fn(|source| source.as_str().len());
        table[TrackSource::Camera] += 100;
        let rows: Vec<_> = table.iter().map(|(source, value)| (source, *value)).collect();
        let expected = [
            (TrackSource::Microphone, 10),
            (TrackSource::Camera, 106),
            (TrackSource::Screen, 6),
            (TrackSource::ScreenSound, 12),
        ];
        assert_eq!(rows, expected);
        for (_, value) in table.iter_mut() {
            *value += 1;
        }
        assert_eq!(table.values().copied().collect::<Vec<_>>(), [11, 107, 7, 13]);
        for (_, value) in table.iter_mut() {
            *value -= 1;
        }
        assert_eq!(table.map(|source, value| source == TrackSource::Screen && value == 6).set().count(), 1);
    }
}
