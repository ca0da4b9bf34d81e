/**
 * Every sentence a person reads, in English. Another language is a file of the same shape.
 *
 * `{name}` stands for a value; a pair of `one` and `other` is chosen by a number.
 */
import type { Notice } from "../wire/Notice";

const notices: Record<Notice, string> = {
  camera_unavailable:
    "Your camera cannot be used. Check that it is plugged in and that no other app holds it, then start it again.",
  microphone_unavailable:
    "Your microphone cannot be used, so nobody hears you. Check that it is plugged in, then unmute again.",
  speaker_unavailable: "No sound can be played here. Check that a speaker or headset is connected.",
  video_file_invalid: "The video file cannot be played. It must exist and be in the Y4M format.",
  audio_file_invalid: "The sound file cannot be played. It must exist and be in the WAV format.",
  queue_overflow: "This computer is falling behind. Closing other programs may help.",
};

export const en = {
  app: {
    name: "Holdfast",
    outside: "This page belongs to the Holdfast app and works only inside it.",
  },
  home: {
    title: "Meetings that hold.",
    lead: "When the network gives way, your call comes back by itself, and muted stays muted.",
    name: "Your name",
    nameHint: "Shown to everyone in the meeting",
    join_with: "Join with",
    microphoneOn: "Microphone on",
    microphoneOff: "Microphone off",
    cameraOn: "Camera on",
    cameraOff: "Camera off",
    host: "Host a meeting",
    hosting: "Starting the meeting…",
    or: "or join one",
    link: "Invite link",
    linkPlaceholder: "holdfast://join/…",
    linkHint: "You can paste an invite anywhere in this window.",
    join: "Join",
    joining: "Joining…",
    pasted: "Invite pasted. Press Join to enter.",
    privacy: "Encrypted between participants. The meeting server cannot listen in.",
  },
  meeting: {
    title: "Meeting {room}",
    untitled: "Meeting",
    participants: "Participants",
    controls: "Meeting controls",
    status: "Meeting status",
    you: "You",
    youNamed: "{name} (you)",
    duration: "Duration",
    people: { one: "{count} person", other: "{count} people" },
    aloneTitle: "It’s only you here",
    aloneText: "Send this invite to everyone you want in the meeting.",
    invite: "Invite link",
    signalingLost: "Meeting server lost. The call goes on; reconnecting…",
    signalingLostShort: "Reconnecting…",
  },
  control: {
    mute: "Mute",
    unmute: "Unmute",
    stopCamera: "Stop camera",
    startCamera: "Start camera",
    raiseHand: "Raise hand",
    lowerHand: "Lower hand",
    copyInvite: "Copy invite",
    leave: "Leave",
    dismiss: "Dismiss",
  },
  tile: {
    connecting: "Connecting…",
    reconnecting: "Reconnecting… ({seconds} s)",
    failed: "Connection failed",
    failedHint: "Still trying",
    microphoneOn: "microphone on",
    microphoneOff: "microphone off",
    cameraOff: "camera off",
    handRaised: "hand raised",
  },
  toast: {
    copied: "Invite copied",
  },
  announce: {
    entered: {
      one: "You are in the meeting with {count} other person.",
      other: "You are in the meeting with {count} other people.",
    },
    entered_alone: "You are in the meeting. Nobody else is here yet.",
    joined: "{name} joined.",
    left: "{name} left.",
    reconnecting: "The connection to {name} was lost. Reconnecting.",
    reconnected: "{name} is connected again.",
    failed: "The connection to {name} failed. Holdfast keeps trying.",
    hand_raised: "{name} raised a hand.",
    microphone_on: "Your microphone is on.",
    microphone_off: "Your microphone is off.",
    camera_on: "Your camera is on.",
    camera_off: "Your camera is off.",
    own_hand_raised: "Your hand is raised.",
    own_hand_lowered: "Your hand is lowered.",
    signaling_lost: "The meeting server was lost. The call goes on.",
    signaling_back: "The meeting server is back.",
  },
  notices,
  errors: {
    // Found by the page itself.
    name_empty: "Enter your name so that the others know who you are.",
    name_too_long: "This name is too long. Use at most 64 characters.",
    link_empty: "Paste the invite link you were sent.",
    link_not_invite: "This is not a Holdfast invite. It starts with holdfast://join/.",
    link_incomplete: "The end of this invite is missing. Copy the whole link, including what follows the #.",
    copy_failed: "The invite could not be copied. Select the link and copy it by hand.",

    // From the core.
    invalid_name: "This name cannot be used. Enter 1 to 64 characters.",
    malformed_link: "This invite cannot be read. Copy the whole link again, or ask for a new one.",
    unreachable: "The meeting server does not answer. Check your network, or ask the host whether the meeting is still open.",
    timed_out: "The meeting server took too long to answer. Try again in a moment.",
    insecure: "The meeting server’s certificate cannot be trusted, so nothing was sent.",
    wrong_secret: "This invite does not open the meeting. Ask the host for the current one.",
    room_full: "The meeting is full. Try again when someone has left.",
    id_taken: "You are already in this meeting from another window or computer.",
    unsupported_version: "The meeting server speaks another version. Update Holdfast, or ask the host to.",
    malformed: "The meeting server and this app did not understand each other. Update Holdfast and try again.",
    unknown_type: "The meeting server and this app did not understand each other. Update Holdfast and try again.",
    frame_too_large: "A message was too large for the meeting server. Leave and join again.",
    rate_limited: "Too many messages at once; the meeting server closed the connection. Join again in a moment.",
    not_joined: "The meeting server no longer knows you. Join again.",
    unknown_participant: "That person is no longer in the meeting.",
    server_closing: "The meeting server is shutting down. Ask the host for a new invite.",
    not_in_meeting: "You are not in a meeting.",
    already_in_meeting: "You are already in a meeting. Leave it first.",
    listen_failed: "A meeting could not be opened on this computer’s network. Check your connection and try again.",
    clipboard_unavailable: "The invite could not be copied. Select the link and copy it by hand.",
    ended: "The meeting has ended.",
    closed: "The meeting has ended.",
    internal: "Something went wrong inside Holdfast. Try again; if it stays, restart the app.",
  },
  /** For a code this version has no sentence for. */
  unknownError: "Something went wrong ({code}). Try again; if it stays, update Holdfast.",
};

/** The shape every language has. */
export type Catalogue = Shape<typeof en>;
type Shape<T> = { [K in keyof T]: T[K] extends string ? string : Shape<T[K]> };
