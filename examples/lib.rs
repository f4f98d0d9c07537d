//! Short programs that use gaze-core: each file beside this one is one.
