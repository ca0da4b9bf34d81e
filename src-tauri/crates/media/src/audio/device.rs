//! Sound devices as the system lists them, and the shape of stream to ask each for.

use crate::Device;

use super::{AudioError, DeviceUse, SAMPLE_RATE, choice::Choice, lock, supervisor::Connection};
use cpal::{
    BufferSize, DeviceDirection, ErrorKind, SampleFormat, StreamConfig, SupportedBufferSize,
    SupportedStreamConfig, SupportedStreamConfigRange,
    traits::{DeviceTrait, HostTrait},
};
use std::{
    sync::{Mutex, mpsc},
    thread,
    time::Duration,
};

/// If the list takes longer, the sound server hangs.
const LIST_PATIENCE: Duration = Duration::from_secs(3);
/// How long a backend may take to create one stream.
pub(super) const BUILD_PATIENCE: Duration = Duration::from_secs(2);
/// Callbacks per second asked for: 10 ms of latency. The default of some systems is two seconds.
const CALLBACKS_PER_SECOND: u32 = 100;
/// Sample formats the callbacks convert, best first.
const FORMATS: [SampleFormat; 5] =
    [SampleFormat::F32, SampleFormat::I16, SampleFormat::I32, SampleFormat::I24, SampleFormat::U8];

/// The microphones there are; none when there is no sound server.
#[must_use]
pub fn microphones() -> Vec<Device> {
    list(DeviceDirection::Input)
}

/// The speakers there are; none when there is no sound server.
#[must_use]
pub fn speakers() -> Vec<Device> {
    list(DeviceDirection::Output)
}

fn list(direction: DeviceDirection) -> Vec<Device> {
    let (found, devices) = mpsc::sync_channel(1);
    let asked = thread::Builder::new().name("sound-devices".to_owned()).spawn(move || {
        let host = cpal::default_host();
        let list = candidates(&host, direction)
            .iter()
            .filter_map(|device| {
                Some(Device {
                    id: device.id().ok()?.to_string(),
                    name: device.description().ok()?.name().to_owned(),
                })
            })
            .collect();
        _ = found.send(list);
    });
    if asked.is_err() {
        return Vec::new();
    }
    devices.recv_timeout(LIST_PATIENCE).unwrap_or_default()
}

/// Devices of one direction, without the monitors that play back what a speaker plays.
fn candidates(host: &cpal::Host, direction: DeviceDirection) -> Vec<cpal::Device> {
    let devices = match direction {
        DeviceDirection::Input => host.input_devices().map(Iterator::collect::<Vec<_>>),
        _ => host.output_devices().map(Iterator::collect::<Vec<_>>),
    };
    devices.unwrap_or_default().into_iter().filter(|device| !is_monitor(device)).collect()
}

/// A sound server without a microphone names a monitor as its default: the call would hear itself.
fn is_monitor(device: &cpal::Device) -> bool {
    device.id().is_ok_and(|id| id.id().ends_with(".monitor"))
}

/// A found device, with everything needed to notice that another one should be used.
pub(super) struct Found {
    pub(super) device: cpal::Device,
    host: cpal::Host,
    choice: Choice,
    /// The wish that last led to this device.
    wanted: Mutex<Option<String>>,
    /// Whether it is the wanted device and not a substitute.
    is_wanted: bool,
    direction: DeviceDirection,
}

/// The wanted device; the default one when none is wanted or the wanted one is not plugged in.
pub(super) fn find(choice: &Choice, direction: DeviceDirection) -> Option<Found> {
    let host = cpal::default_host();
    let wanted = choice.wanted();
    let (device, is_wanted) = find_on(&host, wanted.as_deref(), direction)?;
    Some(Found { device, host, choice: choice.clone(), wanted: Mutex::new(wanted), is_wanted, direction })
}

fn find_on(
    host: &cpal::Host,
    wanted: Option<&str>,
    direction: DeviceDirection,
) -> Option<(cpal::Device, bool)> {
    if let Some(device) = wanted.and_then(|wanted| host.device_by_id(&wanted.parse().ok()?)) {
        return Some((device, true));
    }
    let default = match direction {
        DeviceDirection::Input => host.default_input_device(),
        _ => host.default_output_device(),
    };
    let default = default
        .filter(|device| !is_monitor(device))
        .or_else(|| candidates(host, direction).into_iter().next())?;
    Some((default, false))
}

fn device_use(wanted: Option<String>, is_wanted: bool) -> DeviceUse {
    DeviceUse { replaced: wanted.is_some() && !is_wanted, wanted }
}

/// An open stream and the device it was opened on.
pub(super) struct Open {
    _stream: cpal::Stream,
    found: Found,
}

impl Open {
    pub(super) fn new(stream: cpal::Stream, found: Found) -> Self {
        found.choice.uses(device_use(lock(&found.wanted).clone(), found.is_wanted));
        Self { _stream: stream, found }
    }
}

impl Connection for Open {
    fn is_on_the_wanted_device(&self) -> bool {
        let Found { device, host, choice, wanted, direction, .. } = &self.found;
        let wish = choice.wanted();
        // Other systems report a lost device, and some cannot list a device that is in use.
        let tells = !device.id().is_ok_and(|id| id.host().to_string().eq_ignore_ascii_case("pulseaudio"));
        if tells && wish == *lock(wanted) {
            return true;
        }
        let Some((right, is_wanted)) = find_on(host, wish.as_deref(), *direction) else { return false };
        if right != *device {
            return false;
        }
        // The same device, now for another wish.
        choice.uses(device_use(wish.clone(), is_wanted));
        *lock(wanted) = wish;
        true
    }
}

/// A stream's configuration and the type of its samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) config: StreamConfig,
    pub(super) format: SampleFormat,
}

/// The shape to ask `device` for.
pub(super) fn shape(device: &cpal::Device, direction: DeviceDirection) -> Option<Shape> {
    match direction {
        DeviceDirection::Input => {
            let ranges = device.supported_input_configs().map(Iterator::collect).unwrap_or_default();
            choose(ranges, device.default_input_config().ok(), 1)
        }
        _ => {
            let ranges = device.supported_output_configs().map(Iterator::collect).unwrap_or_default();
            choose(ranges, device.default_output_config().ok(), 2)
        }
    }
}

/// 48 kHz if available, in the best format, with the channel count nearest to `channels`; otherwise the default.
fn choose(
    ranges: Vec<SupportedStreamConfigRange>,
    default: Option<SupportedStreamConfig>,
    channels: u16,
) -> Option<Shape> {
    let rank = |format| FORMATS.iter().position(|&known| known == format);
    ranges
        .into_iter()
        .filter_map(|range| range.try_with_sample_rate(SAMPLE_RATE))
        .filter_map(|config| Some((rank(config.sample_format())?, config)))
        .min_by_key(|(rank, config)| (config.channels().abs_diff(channels), config.channels(), *rank))
        .map(|(_, config)| config)
        .or_else(|| default.filter(|config| rank(config.sample_format()).is_some()))
        .map(|config| Shape { config: with_short_buffer(&config), format: config.sample_format() })
}

fn with_short_buffer(supported: &SupportedStreamConfig) -> StreamConfig {
    let mut config = supported.config();
    let wanted = config.sample_rate / CALLBACKS_PER_SECOND;
    let frames = match *supported.buffer_size() {
        SupportedBufferSize::Range { min, max } if min <= max => wanted.clamp(min, max),
        _ => wanted,
    };
    config.buffer_size = BufferSize::Fixed(frames.max(1));
    config
}

/// Builds the stream with the short buffer, or with the backend's own choice if the backend refuses the short one.
pub(super) fn with_fallback<S>(
    mut config: StreamConfig,
    mut build: impl FnMut(StreamConfig) -> Result<S, cpal::Error>,
) -> Result<S, cpal::Error> {
    match build(config) {
        Err(error) if error.kind() == ErrorKind::UnsupportedConfig => {
            config.buffer_size = BufferSize::Default;
            build(config)
        }
        built => built,
    }
}

/// The error to show a person when opening fails.
pub(super) fn open_error(error: &cpal::Error, absent: AudioError, denied: AudioError) -> AudioError {
    if error.kind() == ErrorKind::PermissionDenied { denied } else { absent }
}

/// Whether the stream is dead. Glitches and reroutings are not fatal.
pub(super) fn is_fatal(error: &cpal::Error) -> bool {
    !matches!(error.kind(), ErrorKind::Xrun | ErrorKind::DeviceChanged | ErrorKind::RealtimeDenied)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn range(channels: u16, rates: (u32, u32), format: SampleFormat) -> SupportedStreamConfigRange {
        let buffer = SupportedBufferSize::Range { min: 16, max: 8192 };
        SupportedStreamConfigRange::new(channels, rates.0, rates.1, buffer, format)
    }

    #[test]
    fn prefers_48_khz_few_channels_and_floats() {
        let ranges = vec![
            range(2, (44_100, 48_000), SampleFormat::F32),
            range(1, (8_000, 96_000), SampleFormat::I16),
            range(1, (8_000, 96_000), SampleFormat::F32),
            range(1, (8_000, 96_000), SampleFormat::F64),
        ];
        let shape = choose(ranges, None, 1).unwrap();
        assert_eq!((shape.config.channels, shape.format), (1, SampleFormat::F32));
        assert_eq!((shape.config.sample_rate, shape.config.buffer_size), (48_000, BufferSize::Fixed(480)));
    }

    #[test]
    fn takes_the_default_where_48_khz_cannot_be_had() {
        let buffer = SupportedBufferSize::Unknown;
        let default = SupportedStreamConfig::new(2, 44_100, buffer, SampleFormat::I16);
        let shape = choose(vec![range(2, (44_100, 44_100), SampleFormat::I16)], Some(default), 1).unwrap();
        assert_eq!((shape.config.sample_rate, shape.config.buffer_size), (44_100, BufferSize::Fixed(441)));
        let unusable = SupportedStreamConfig::new(2, 2_822_400, buffer, SampleFormat::DsdU8);
        assert_eq!(choose(Vec::new(), Some(unusable), 1), None);
    }
}
