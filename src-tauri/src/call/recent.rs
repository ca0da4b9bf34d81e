//! The recent meetings, to return to with one press. This holds their invites, so the page gets only what cannot open a
//! meeting.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use holdfast_protocol::MeetingLink;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;

use super::record::{CallRecord, as_text};
use crate::disk;

/// Name of the file in the data folder.
const FILE: &str = "recent.json";

/// A larger file is not ours: this many entries with the longest links fit in half of it.
const FILE_BYTES: u64 = 256 * 1024;

/// How many meetings are kept; the oldest is forgotten first.
const KEPT: usize = 20;

/// How many meetings are shown.
pub(crate) const SHOWN: usize = 5;

/// A meeting as it is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Recent {
    pub(super) id: u32,
    #[serde(with = "as_text")]
    pub(super) link: MeetingLink,
    /// Whether we opened it.
    pub(super) hosted: bool,
    /// Where our own server listened, if the meeting was on it.
    pub(super) hosting: Option<SocketAddr>,
    /// Our name in it.
    pub(super) name: String,
    /// When we last entered it, in milliseconds of Unix time.
    pub(super) at_ms: u64,
}

impl Recent {
    /// The meeting of this record, entered now.
    pub(super) fn new(record: &CallRecord, hosted: bool, now_ms: u64) -> Self {
        let CallRecord { link, name, hosting, .. } = record.clone();
        // The list gives the id.
        Self { id: 0, link, hosted, hosting, name, at_ms: now_ms }
    }
}

/// A meeting this app was in. Nothing here opens the meeting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub(crate) struct RecentMeeting {
    /// The id by which the page asks for it.
    pub(crate) id: u32,
    /// The room's name.
    pub(crate) room: String,
    /// Whether it was hosted here, and will be again.
    pub(crate) hosted: bool,
    /// Our name in it.
    pub(crate) name: String,
    /// When it was entered last, in milliseconds of Unix time.
    #[ts(type = "number")]
    pub(crate) at_ms: u64,
}

/// The meetings, newest first, and the file they are kept in.
pub(crate) struct RecentMeetings {
    path: PathBuf,
    list: Mutex<Vec<Recent>>,
}

impl RecentMeetings {
    /// Reads the file in `folder`. Another version, or anyone, may have written it: entries that we understand count. A
    /// file that is not a list at all is kept aside.
    pub(crate) fn open(folder: &Path) -> Self {
        let path = folder.join(FILE);
        let list = match read(&path) {
            Ok(list) => list,
            Err(error) => {
                if error.kind() != std::io::ErrorKind::NotFound {
                    tracing::warn!(kind = %error.kind(), "recent meetings not readable");
                    disk::keep_aside(&path);
                }
                Vec::new()
            }
        };
        Self { path, list: Mutex::new(list) }
    }

    /// What the person sees.
    pub(crate) fn shown(&self) -> Vec<RecentMeeting> {
        let shown = |recent: &Recent| RecentMeeting {
            id: recent.id,
            room: recent.link.room.to_string(),
            hosted: recent.hosted,
            name: recent.name.clone(),
            at_ms: recent.at_ms,
        };
        self.lock().iter().take(SHOWN).map(shown).collect()
    }

    pub(super) fn get(&self, id: u32) -> Option<Recent> {
        self.lock().iter().find(|recent| recent.id == id).cloned()
    }

    /// Puts a meeting first. A known one keeps its id.
    pub(super) fn entered(&self, mut recent: Recent) {
        let mut list = self.lock();
        let same = list.iter().position(|known| known.link == recent.link);
        recent.id = match same {
            Some(index) => list.remove(index).id,
            None => list.iter().map(|known| known.id).max().map_or(1, |id| id.wrapping_add(1)),
        };
        list.insert(0, recent);
        list.truncate(KEPT);
        self.write(&list);
    }

    /// Forgets a meeting. Returns whether it was known.
    pub(super) fn forget(&self, id: u32) -> bool {
        let mut list = self.lock();
        let before = list.len();
        list.retain(|recent| recent.id != id);
        let known = list.len() < before;
        if known {
            self.write(&list);
        }
        known
    }

    /// This list is only a convenience: if it cannot be written, it applies to this run, and the person is not told.
    fn write(&self, list: &[Recent]) {
        let written = serde_json::to_vec_pretty(list)
            .map_err(Into::into)
            .and_then(|text| disk::replace(&self.path, &text));
        if let Err(error) = written {
            tracing::warn!(kind = %error.kind(), "recent meetings not written");
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Recent>> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn read(path: &Path) -> std::io::Result<Vec<Recent>> {
    let entries: Vec<Value> = serde_json::from_slice(&disk::read(path, FILE_BYTES)?)?;
    let mut list: Vec<Recent> = Vec::new();
    for entry in entries {
        // The page asks by id, so two entries never have the same id.
        match serde_json::from_value::<Recent>(entry) {
            Ok(recent) if list.len() < KEPT && list.iter().all(|known| known.id != recent.id) => {
                list.push(recent);
            }
            _ => {}
        }
    }
    Ok(list)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::fs;

    use super::*;

    fn meeting(n: usize) -> Recent {
        let link = format!("holdfast://join/127.0.0.1:4000/room{n}#{}", "A".repeat(43));
        Recent {
            id: 0,
            link: link.parse().unwrap(),
            hosted: false,
            hosting: None,
            name: "Ada".into(),
            at_ms: n as u64,
        }
    }

    fn rooms(recent: &RecentMeetings) -> Vec<String> {
        recent.shown().into_iter().map(|meeting| meeting.room).collect()
    }

    #[test]
    fn the_newest_is_first_and_so_many_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let recent = RecentMeetings::open(folder.path());
        for n in 0..30 {
            recent.entered(meeting(n));
        }
        assert_eq!(rooms(&recent), ["room29", "room28", "room27", "room26", "room25"]);
        let again = RecentMeetings::open(folder.path());
        assert_eq!(again.shown(), recent.shown());
        assert_eq!(again.lock().len(), KEPT);
    }

    #[test]
    fn a_meeting_is_there_once_and_keeps_its_id() {
        let folder = tempfile::tempdir().unwrap();
        let recent = RecentMeetings::open(folder.path());
        for n in [1, 2, 1] {
            recent.entered(meeting(n));
        }
        assert_eq!(rooms(&recent), ["room1", "room2"]);
        let id = recent.shown()[0].id;
        assert_eq!((id, recent.get(id).unwrap().link), (1, meeting(1).link));
        assert!(recent.forget(id) && !recent.forget(id));
        assert_eq!(rooms(&RecentMeetings::open(folder.path())), ["room2"]);
    }

    #[test]
    fn of_a_damaged_file_what_is_understood_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        let good = serde_json::to_value(Recent { id: 7, ..meeting(1) }).unwrap();
        let mut future = good.clone();
        future["link"] = "holdfast://join/next/version".into();
        let file = serde_json::json!([future, 7, good, good]);
        fs::write(&path, file.to_string()).unwrap();
        assert_eq!(rooms(&RecentMeetings::open(folder.path())), ["room1"]);
        for garbage in ["{}", "[", "null"] {
            fs::write(&path, garbage).unwrap();
            assert!(rooms(&RecentMeetings::open(folder.path())).is_empty());
            assert_eq!(fs::read_to_string(folder.path().join("recent.json.broken")).unwrap(), garbage);
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_full_disk_loses_no_meeting() {
        let entered = holdfast_testkit::SmallDisk::enter(64 * 1024, |disk| {
            let recent = RecentMeetings::open(disk.path());
            recent.entered(meeting(1));
            disk.fill();
            recent.entered(meeting(2));
            assert_eq!(rooms(&recent), ["room2", "room1"], "it holds for this run");
            assert_eq!(rooms(&RecentMeetings::open(disk.path())), ["room1"]);
            disk.make_room();
            recent.entered(meeting(3));
            assert_eq!(rooms(&RecentMeetings::open(disk.path())), ["room3", "room2", "room1"]);
        });
        holdfast_testkit::capable(holdfast_testkit::Capability::Mounts, entered);
    }

    #[test]
    #[cfg(unix)]
    fn nobody_else_may_read_the_invites_and_the_page_is_not_told_them() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let recent = RecentMeetings::open(folder.path());
        recent.entered(meeting(1));
        let mode = fs::metadata(folder.path().join(FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let told = serde_json::to_string(&recent.shown()).unwrap();
        assert!(!told.contains(&"A".repeat(43)) && !told.contains("127.0.0.1"), "{told}");
    }
}
