/** The texts in a meeting, in English. */

export const meeting = {
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
  signalingLostShort: "Server reconnecting…",
};

export const control = {
  mute: "Mute",
  unmute: "Unmute",
  muted: "You are muted",
  mutedKey: "to unmute",
  stopCamera: "Stop camera",
  startCamera: "Start camera",
  raiseHand: "Raise hand",
  lowerHand: "Lower hand",
  copyInvite: "Copy invite",
  leave: "Leave",
  dismiss: "Dismiss",
};

export const tile = {
  connecting: "Connecting…",
  reconnecting: "Reconnecting… ({seconds} s)",
  reconnectingAttempt: "Reconnecting… (attempt {attempt}, {seconds} s)",
  failed: "Connection failed",
  failedHint: "Still trying",
  retry: "Retry",
  retryNamed: "Retry the connection to {name}",
  retrying: "Trying again…",
  microphoneOn: "microphone on",
  microphoneOff: "microphone off",
  cameraOff: "camera off",
  screenOf: "Screen of {name}",
  handRaised: "hand raised",
  spared: "Picture paused",
  sparedSpoken: "picture paused on this computer",
  unshowable: "Picture cannot be shown",
  unshowableSpoken: "picture cannot be shown on this computer",
};

export const details = {
  title: "Connection details of {name}",
  connection: "Connection",
  waiting: "Not begun yet",
  connecting: "Connecting for {duration}",
  connected: "Connected for {duration}",
  reconnecting: "Reconnecting for {duration}",
  failed: "Failed; still trying",
  state: "Your state",
  inSync: "In sync",
  tellingMuted: "Telling {name} that you are muted…",
  tellingOpen: "Telling {name} that your microphone is on…",
  toldLater: "Will be told when connected",
  server: "Meeting server",
  present: "Hears them",
  absent: "Does not hear them; the call goes on",
};

/** When this computer has too much to do. */
export const sparing = {
  title: "This computer",
  busy: "This computer is too busy to show every picture smoothly.",
  busyHint: "Sound does not wait for pictures. Closing other programs helps.",
  speaker: "This computer has too much to do. Only the person who speaks is shown.",
  pinned: "To spare this computer, only {name} is shown.",
  stillBusy: "It is still too busy; closing other programs helps.",
  allShown: "All pictures are shown again.",
  showFewer: "Show fewer pictures",
  showAll: "Show all pictures",
};

export const toast = {
  copied: "Invite copied",
};
