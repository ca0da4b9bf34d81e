//! Converts between the preferences and a JSON object. The object is a file, which another version may have written, or
//! a change that a person made. Pure.

use serde_json::{Map, Value};

use super::check::check;
use super::{PreferenceError, Preferences};

/// The preferences as JSON holds them.
type Object = Map<String, Value>;

/// As much of the file as this version understands; defaults for the rest. A newer version may know more preferences,
/// and more values of the known ones.
pub(super) fn as_far_as_known(file: &Object) -> Preferences {
    let mut known = Preferences::default();
    for (name, value) in file {
        if let Ok(whole) = changed(&known, name, value) {
            known = whole;
            continue;
        }
        // From a group, each part that we understand by itself.
        let Value::Object(parts) = value else { continue };
        for (part, value) in parts {
            let Some(Value::Object(mut group)) = object(&known).remove(name) else { break };
            if let Some(place) = group.get_mut(part) {
                *place = value.clone();
                known = changed(&known, name, &Value::Object(group)).unwrap_or(known);
            }
        }
    }
    known
}

/// The preferences after a person's change: every part of it, or none.
pub(super) fn after(before: &Preferences, change: &Object) -> Result<Preferences, PreferenceError> {
    let mut object = object(before);
    for (name, value) in change {
        match object.get_mut(name) {
            Some(place) => *place = value.clone(),
            None => return Err(PreferenceError::Invalid),
        }
    }
    read(object)
}

impl Preferences {
    /// These preferences with a person's change: every part of it, or why not.
    pub(crate) fn with(&self, change: &Object) -> Result<Self, PreferenceError> {
        after(self, change)
    }
}

/// What to write into the file. What this version does not understand stays as it is, until a person changes it here.
pub(super) fn written(file: &Object, before: &Preferences, after: &Preferences) -> Object {
    let (before, mut written) = (object(before), file.clone());
    for (name, value) in object(after) {
        if before.get(&name) != Some(&value) || !written.contains_key(&name) {
            written.insert(name, value);
        }
    }
    written
}

fn changed(known: &Preferences, name: &str, value: &Value) -> Result<Preferences, PreferenceError> {
    after(known, &Object::from_iter([(name.to_owned(), value.clone())]))
}

fn read(object: Object) -> Result<Preferences, PreferenceError> {
    let read = serde_json::from_value(Value::Object(object)).map_err(|_| PreferenceError::Invalid)?;
    check(&read).map(|()| read)
}

fn object(preferences: &Preferences) -> Object {
    match serde_json::to_value(preferences) {
        Ok(Value::Object(object)) => object,
        // Strings, switches and lists of them are always an object.
        _ => Object::new(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::super::{Appearance, Language, Shortcuts, VideoSize};
    use super::*;

    fn known(file: Value) -> Preferences {
        as_far_as_known(file.as_object().unwrap())
    }

    #[test]
    fn an_unknown_value_costs_its_own_field_only() {
        let read = known(json!({
            "name": "Ada", "appearance": "sepia", "language": "de", "videoSize": 7, "camera": "maybe",
            "futureThing": { "a": 1 }, "autostart": true,
        }));
        let expected = Preferences {
            name: "Ada".into(),
            language: Language::De,
            autostart: true,
            ..Preferences::default()
        };
        assert_eq!(read, expected);
    }

    #[test]
    fn of_a_group_the_parts_count_that_are_understood() {
        let read = known(json!({
            "shortcuts": { "mute": "F9", "pushToTalk": { "key": "F10" }, "hand": "F11" },
            "devices": { "camera": "cam", "microphone": 7 },
        }));
        assert_eq!(read.shortcuts, Shortcuts { mute: Some("F9".into()), push_to_talk: None });
        assert_eq!((read.devices.camera.as_deref(), read.devices.microphone), (Some("cam"), None));
        let read =
            known(json!({ "devices": { "camera": "cam", "microphone": "mic", "speaker": null, "x": 1 } }));
        assert_eq!(
            (read.devices.camera.as_deref(), read.devices.microphone.as_deref()),
            (Some("cam"), Some("mic"))
        );
    }

    #[test]
    fn what_may_not_be_chosen_is_not_read_either() {
        let read = known(json!({
            "name": "x".repeat(100), "signalingServer": "nowhere", "shortcuts": { "mute": "M", "pushToTalk": "F8" },
            "servers": { "ice": [{ "url": "http://a", "username": "", "credential": "" }] },
        }));
        assert_eq!(read.shortcuts.push_to_talk.as_deref(), Some("F8"));
        assert_eq!(read.shortcuts.mute, Shortcuts::default().mute);
        assert_eq!((read.name.as_str(), &read.signaling_server, read.servers.ice.len()), ("", &None, 0));
    }

    #[test]
    fn a_change_counts_as_a_whole_or_not_at_all() {
        let before = Preferences::default();
        let change = |value: Value| after(&before, value.as_object().unwrap());
        let changed = change(json!({ "videoSize": "small", "appearance": "dark" })).unwrap();
        assert_eq!((changed.video_size, changed.appearance), (VideoSize::Small, Appearance::Dark));
        assert_eq!(change(json!({})), Ok(before.clone()));
        for wrong in
            [json!({ "nothing": 1 }), json!({ "camera": 1 }), json!({ "camera": false, "layout": "x" })]
        {
            assert_eq!(change(wrong), Err(PreferenceError::Invalid));
        }
        let wrong = json!({ "signalingServer": "x", "camera": false });
        assert_eq!(change(wrong), Err(PreferenceError::SignalingServer));
    }

    #[test]
    fn what_a_newer_version_wrote_stays_in_the_file_until_it_is_changed_here() {
        let file = json!({ "name": "Ada", "appearance": "sepia", "futureThing": 1 });
        let file = file.as_object().unwrap();
        let before = as_far_as_known(file);
        let renamed = Preferences { name: "Grace".into(), ..before.clone() };
        let then = written(file, &before, &renamed);
        assert_eq!(
            (&then["name"], &then["appearance"], &then["futureThing"]),
            (&json!("Grace"), &json!("sepia"), &json!(1))
        );
        let dark = Preferences { appearance: Appearance::Dark, ..renamed.clone() };
        assert_eq!(written(&then, &renamed, &dark)["appearance"], "dark");
    }
}
