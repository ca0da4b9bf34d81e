/**
 * Something a person should be told once. The sentence is chosen where it is shown.
 */
export type Notice = "camera_unavailable" | "microphone_unavailable" | "speaker_unavailable" | "video_file_invalid" | "audio_file_invalid" | "queue_overflow";
