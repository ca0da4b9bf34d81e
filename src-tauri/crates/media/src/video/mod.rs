//! Pictures: sources, VP8, pixel formats.
