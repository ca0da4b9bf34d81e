/** What screen readers say, in English. */

export const announce = {
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
  retrying: "Trying again to reach {name}.",
  hand_raised: "{name} raised a hand.",
  muted_voice: "You are speaking, but your microphone is off. Nobody hears you.",
  microphone_on: "Your microphone is on.",
  microphone_off: "Your microphone is off.",
  camera_on: "Your camera is on.",
  camera_off: "Your camera is off.",
  own_hand_raised: "Your hand is raised.",
  own_hand_lowered: "Your hand is lowered.",
  signaling_lost: "The meeting server was lost. The call goes on.",
  signaling_back: "The meeting server is back.",
  wrote: "{name} wrote:",
  wroteToYou: "{name} wrote to you:",
  zoom: "Zoom {percent} %",
};
