//! Recorded streams (below).
