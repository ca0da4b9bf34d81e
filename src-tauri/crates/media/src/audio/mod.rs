//! Sound: sources, gate, Opus, jitter buffer, mixing, sinks.
