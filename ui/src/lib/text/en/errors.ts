/** What went wrong and what to do about it, in English. */
import type { Notice } from "../../wire/Notice";

export const notices: Record<Notice, string> = {
  camera_unavailable:
    "Your camera cannot be used. Check that it is plugged in and that no other app holds it, then start it again.",
  microphone_unavailable:
    "Your microphone cannot be used, so nobody hears you. Check that it is plugged in, then unmute again.",
  speaker_unavailable: "No sound can be played here. Check that a speaker or headset is connected.",
  video_file_invalid: "The video file cannot be played. It must exist and be in the Y4M format.",
  audio_file_invalid: "The sound file cannot be played. It must exist and be in the WAV format.",
  queue_overflow: "This computer is falling behind. Closing other programs may help.",
};

export const errors = {
  // Found by the page itself.
  name_empty: "Enter your name so that the others know who you are.",
  name_too_long: "This name is too long. Use at most 64 characters.",
  link_empty: "Paste the invite link you were sent.",
  link_not_invite: "This is not a Holdfast invite. It starts with holdfast://join/.",
  link_incomplete: "The end of this invite is missing. Copy the whole link, including what follows the #.",
  copy_failed: "The invite could not be copied. Select the link and copy it by hand.",

  // Entering: the name and the link.
  name_control_character: "This name has characters that cannot be shown. Type it again.",
  link_too_long: "This is too long for an invite. Copy only the link.",
  link_scheme: "This is not a Holdfast invite. It starts with holdfast://join/.",
  link_action: "This Holdfast link is not an invite. It starts with holdfast://join/.",
  link_server_missing: "This invite names no meeting server. Copy the whole link again.",
  link_host: "The meeting server in this invite cannot be read. Copy the whole link again.",
  link_port_missing: "The meeting server in this invite has no port. Copy the whole link again.",
  link_port: "The port in this invite is not valid. Copy the whole link again.",
  link_room_missing: "This invite names no meeting. Copy the whole link again.",
  link_room: "The meeting in this invite cannot be read. Copy the whole link again.",
  link_option: "This invite needs a newer Holdfast. Update it, or ask for another invite.",
  link_secret_missing: "The end of this invite is missing. Copy the whole link, including what follows the #.",
  link_secret_encoding: "The end of this invite is damaged. Copy the whole link again.",
  link_secret_length: "The end of this invite is cut off. Copy the whole link again.",
  already_in_meeting: "You are already in a meeting. Leave it first.",
  not_in_meeting: "You are not in a meeting.",
  no_last_call: "There is no meeting to come back to.",
  last_call_unreadable:
    "What was kept of your last meeting cannot be read, so Holdfast cannot take you back. Join it with its invite.",
  cancelled: "Joining was called off.",

  // The way to the meeting server.
  unreachable:
    "The meeting server does not answer. Check your network, or ask the host whether the meeting is still open.",
  timed_out: "The meeting server took too long to answer. Try again in a moment.",
  tls_failed: "The meeting server’s certificate cannot be trusted, so nothing was sent. Ask the host about it.",
  not_a_signaling_server: "What answers at this invite’s address is no meeting server. Ask the host for a new invite.",
  seal_too_large: "A message was too long to be sent. Use a shorter name.",
  seal_malformed: "A message could not be encrypted, so it was not sent. Join again.",
  seal_exhausted: "This meeting has gone on too long for its keys. Join again.",
  left: "You have left this meeting.",
  wrong_secret: "This invite does not open the meeting. Ask the host for the current one.",
  room_full: "The meeting is full. Try again when someone has left.",
  server_full: "The meeting server is full. Try again later, or host the meeting yourself.",
  id_taken: "You are already in this meeting from another window or computer.",
  replaced: "You joined this meeting from another window or computer, so it ended here.",
  unsupported_version: "The meeting server speaks another version. Update Holdfast, or ask the host to.",
  malformed: "The meeting server and this app did not understand each other. Update Holdfast and try again.",
  unknown_type: "The meeting server and this app did not understand each other. Update Holdfast and try again.",
  unknown: "The meeting server refused for a reason this version does not know. Update Holdfast and try again.",
  frame_too_large: "A message was too large for the meeting server. Leave and join again.",
  rate_limited: "Too many messages at once, so the meeting server closed the connection. Join again in a moment.",
  too_slow: "Your network was too slow for the meeting server. Join again when it is better.",
  not_joined: "The meeting server no longer knows you. Join again.",
  already_joined: "You are already in this meeting. Leave it and join again.",
  unknown_participant: "That person is no longer in the meeting.",
  server_closing: "The meeting server is shutting down. Ask the host for a new invite.",
  ended: "The meeting has ended.",

  // The server in this app, when hosting.
  server_address_in_use: "Another program uses the address for the meeting. Close it, or host on another port.",
  server_listen: "A meeting could not be opened on this computer’s network. Check your connection and try again.",
  server_certificate: "The certificate for the meeting server cannot be read. Check the file.",
  server_key: "The key for the meeting server cannot be read. Check the file.",
  server_tls: "The certificate and the key for the meeting server do not fit together. Check both files.",
  server_failed: "The meeting server in this app stopped. Host the meeting again.",

  // Devices and files.
  no_camera: "No camera was found. Plug one in, then start it again.",
  camera_not_found: "The chosen camera is gone. Plug it in, or choose another.",
  camera_busy: "Another app is using your camera. Close it, then start the camera again.",
  camera_denied: "Holdfast may not use your camera. Allow it in the system’s privacy settings.",
  camera_format: "Your camera delivers pictures in a form Holdfast cannot read. Try another camera.",
  camera_lost: "Your camera was unplugged. Plug it in, then start it again.",
  camera_stalled: "Your camera stopped delivering pictures. Unplug it, plug it in, and start it again.",
  camera_failed: "Your camera failed. Unplug it, plug it in, and start it again.",
  no_microphone: "No microphone was found. Plug one in, then unmute.",
  microphone_denied: "Holdfast may not use your microphone. Allow it in the system’s privacy settings.",
  microphone_lost: "Your microphone was unplugged. Plug it in, then unmute.",
  no_speaker: "No speaker was found. Connect one to hear the others.",
  speaker_denied: "Holdfast may not play sound. Allow it in the system’s settings.",
  speaker_lost: "Your speaker was unplugged. Plug it in to hear the others.",
  video_file_missing: "The video file does not exist. Check its name.",
  video_file_unreadable: "The video file cannot be opened. Check that you may read it.",
  video_file_format: "The video file cannot be played. It must be in the Y4M format, 4:2:0.",
  video_file_corrupt: "The video file is damaged. Try another one.",
  audio_file_not_found: "The sound file does not exist. Check its name.",
  audio_file_unreadable: "The sound file cannot be opened. Check that you may read it.",
  audio_file_corrupt: "The sound file is damaged. Try another one.",
  audio_file_unsupported: "The sound file cannot be played. It must be in the WAV format.",
  audio_file_unwritable: "The recording cannot be written. Check the folder and the free space.",
  audio_codec: "Sound cannot be processed on this computer. Restart the app.",
  no_thread: "This computer has no room for another task. Close other programs and try again.",

  // This computer.
  clipboard_unavailable: "The invite could not be copied. Select the link and copy it by hand.",
  frame_socket_unavailable: "Pictures cannot reach this window. Restart the app.",
  preferences_not_saved: "Your settings could not be saved. Check the free space on this computer.",
  preferences_reset:
    "Your settings could not be read, so Holdfast starts with the usual ones. The old file was kept beside the new one.",
  internal: "Something went wrong inside Holdfast. Try again; if it stays, restart the app.",
};
